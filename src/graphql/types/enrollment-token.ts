import { type EnrollmentToken, isUsable } from '../../domain/token.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { userPrice } from './mdm-user.ts';
import { maxPixels, qrCodeFormats, qrCodePrice, qrCodeSides } from './qr-code.ts';
import { createdAtOptions, updatedAtOptions } from './timestamps.ts';
import { resolveUser } from './user-of-token.ts';

const credential = 'It is a credential: anyone who has it can enroll a device.';

/** The number of policies of a token that prices assume. */
const assumedAssignments = 3;

/** The enrollment link; null if the API's value is not a valid URL. */
const readLink = ({ enrollmentLink }: EnrollmentToken): string | null =>
  enrollmentLink !== null && URL.canParse(enrollmentLink) ? enrollmentLink : null;

/** Adds EnrollmentToken and MdmDevice. */
export const defineEnrollmentToken = (parts: SchemaParts): void => {
  const { builder, refs, platforms } = parts;
  const typeNames = new Map(platforms.map(({ key, tokenType }) => [key, tokenType]));
  const qrCodeFormat = builder.enumType('EnrollmentQrCodeFormat', {
    description: 'The image format of a QR code.',
    values: qrCodeFormats,
  });
  const device = builder
    .objectRef<{ organizationId: string; platform: string; sourceId: string }>('MdmDevice')
    .implement({
      description: 'A device. Another subgraph owns it; this one returns only its identity.',
      directives: { key: { fields: 'organizationId platform sourceId', resolvable: false } },
      fields: (t) => ({
        organizationId: t.exposeID('organizationId', {
          description: "The organization's 24-digit id.",
        }),
        platform: t.field({
          type: refs.platform,
          description: 'The platform of the device.',
          resolve: ({ platform }) => platform,
        }),
        sourceId: t.exposeID('sourceId', {
          description:
            "The device's id in the platform's own endpoints. The unified device list uses other ids.",
        }),
      }),
    });

  refs.token.implement({
    description:
      'A token that lets a device enroll: a link and a code, the user of the device, and the policies that the device gets.',
    interfaces: [builder.nodeInterfaceRef()],
    directives: { key: { fields: 'id' } },
    resolveType: ({ platform }) => typeNames.get(platform),
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', {
        description: 'The id in the REST API: 24 hexadecimal digits.',
      }),
      organizationId: t.exposeID('organizationId', {
        description: "The organization's 24-digit id, also if the caller gave a slug.",
      }),
      platform: t.field({
        type: refs.platform,
        description: 'The platform of the devices that can enroll with the token.',
        resolve: ({ platform }) => platform,
      }),
      displayName: t.exposeString('displayName', {
        nullable: true,
        description: 'The name that is shown to people.',
      }),
      tags: t.stringList({
        description: 'Tags that the device gets when it enrolls.',
        resolve: ({ tags }) => tags,
      }),
      state: t.field({
        type: refs.tokenState,
        description: 'The state in the REST API.',
        resolve: (token) => token.state,
      }),
      isUsable: t.boolean({
        description:
          "Whether the token is PENDING and not past expiresAt, by the gateway's clock at the time of the request.",
        resolve: (token, _args, { now }) => isUsable(token, now()),
      }),
      type: t.exposeString('type', {
        nullable: true,
        description:
          "The platform's own kind of token, e.g. `enrollment` or `user`. New values can appear.",
      }),
      subType: t.exposeString('subType', {
        nullable: true,
        description: 'A finer kind, e.g. `standard`. New values can appear.',
      }),
      createdAt: t.expose('createdAt', createdAtOptions),
      updatedAt: t.expose('updatedAt', updatedAtOptions),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: true,
        description:
          'The time after which the token cannot be used. Null if it never expires. Also null, with isUsable false, if the REST API sent a date that cannot be read.',
      }),
      enrollmentLink: t.field({
        type: 'URL',
        nullable: true,
        description: `The link that starts the enrollment. ${credential}`,
        resolve: readLink,
      }),
      enrollmentCode: t.exposeString('enrollmentCode', {
        nullable: true,
        description: `The code for the enrollment. ${credential}`,
      }),
      enrollmentQrCode: t.string({
        nullable: true,
        description: `The enrollment link as a QR code that the gateway draws. Null if there is no link. The codes of one operation can have ${maxPixels.toLocaleString('en')} pixels together: ${maxPixels / qrCodeSides.default ** 2} codes of the default size, or ${maxPixels / qrCodeSides.largest ** 2} of ${qrCodeSides.largest} pixels.`,
        args: {
          format: t.arg({
            type: qrCodeFormat,
            required: true,
            defaultValue: 'SVG',
            description: 'SVG, or PNG as a data: URL.',
          }),
          size: t.arg.int({
            required: true,
            defaultValue: qrCodeSides.default,
            description: `The side in pixels, ${qrCodeSides.smallest} to ${qrCodeSides.largest}. A long link needs a larger code. If the code does not fit, the error names the smallest size that works.`,
          }),
        },
        extensions: { price: qrCodePrice },
        resolve: (token, { format, size }, { drawQrCode }) => {
          const link = readLink(token);
          return link === null ? null : drawQrCode(link, format, size);
        },
      }),
      user: t.field({
        type: refs.user,
        nullable: true,
        description:
          'The user that the device will belong to. No upstream call if only id, sourceId and email are selected; otherwise one lookup for each distinct user.',
        extensions: { price: userPrice },
        resolve: (token, _args, context, info) => resolveUser(context, token, selectedFields(info)),
      }),
      policyAssignments: t.field({
        type: [refs.policyAssignment],
        description:
          'The policies that the device gets, strongest first: the lowest priority number wins, and equal numbers are ordered by policy id. A legacy single policy comes first and has a null priority. Assignments without a number in the REST API come last and have a null priority.',
        extensions: {
          price: ({ objects }) => ({ calls: 0, objects: objects * assumedAssignments }),
        },
        resolve: (token) => token.policyAssignments.map((assignment) => ({ token, assignment })),
      }),
      device: t.field({
        type: device,
        nullable: true,
        description: 'The device that enrolled with the token. Null if none has.',
        resolve: ({ organizationId, platform, deviceId }) =>
          deviceId === null ? null : { organizationId, platform, sourceId: deviceId },
      }),
      sendEmail: t.exposeBoolean('sendEmail', {
        nullable: true,
        description: 'Whether an invitation was sent by e-mail when the token was created.',
      }),
      emailText: t.exposeString('emailText', {
        nullable: true,
        description: 'The text that was added to the e-mail.',
      }),
      segmentId: t.exposeInt('segmentId', {
        nullable: true,
        description: 'The segment of the token; 0 is the root segment.',
      }),
      config: t.expose('config', {
        type: 'JSON',
        nullable: true,
        description: 'Settings that the REST API keeps with the token, in its own format.',
      }),
    }),
  });
};
