import { type EnrollmentToken, isUsable } from '../../domain/token.ts';
import { defineTokenEntity } from '../federation/federation.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { selectedFields } from '../selection.ts';
import { resolveUser } from './mdm-user.ts';
import { qrCodeFormats } from './qr-code.ts';

const credential = 'A credential: whoever holds it can enroll a device.';

/** Null where the API answered something that no browser could open. */
const linkOf = ({ enrollmentLink }: EnrollmentToken): string | null =>
  enrollmentLink !== null && URL.canParse(enrollmentLink) ? enrollmentLink : null;

/** Adds EnrollmentToken and MdmDevice. */
export const defineEnrollmentToken = (parts: SchemaParts): void => {
  const { builder, refs, platforms } = parts;
  const typeNames = new Map(platforms.map(({ key, tokenType }) => [key, tokenType]));
  const qrCodeFormat = builder.enumType('EnrollmentQrCodeFormat', {
    description: 'How a QR code is drawn.',
    values: qrCodeFormats,
  });
  const device = builder
    .objectRef<{ organizationId: string; platform: string; sourceId: string }>('MdmDevice')
    .implement({
      description: 'Owned by another subgraph; here only its identity.',
      fields: (t) => ({
        organizationId: t.exposeID('organizationId', {
          description: "The organization's 24-digit id.",
        }),
        platform: t.field({
          type: refs.platform,
          description: 'The platform whose endpoints know the device.',
          resolve: ({ platform }) => platform,
        }),
        sourceId: t.exposeID('sourceId', {
          description:
            "The device's id in the platform's own endpoints; the unified device list uses other ids.",
        }),
      }),
    });

  builder.asEntity(device, {
    key: builder.keyDirective(
      builder.selection<{ organizationId: string; platform: string; sourceId: string }>(
        'organizationId platform sourceId',
      ),
      false,
    ),
    resolveReference: (identity) => identity,
  });
  defineTokenEntity(parts, refs.token);

  refs.token.implement({
    description:
      'What a device needs to join: a link and a code, the user it will belong to, and the policies it will get.',
    interfaces: [builder.nodeInterfaceRef()],
    resolveType: ({ platform }) => typeNames.get(platform),
    fields: (t) => ({
      sourceId: t.exposeID('sourceId', {
        description: 'The id in the REST API: 24 hexadecimal digits.',
      }),
      organizationId: t.exposeID('organizationId', {
        description: "The organization's 24-digit id, whatever the caller asked by.",
      }),
      platform: t.field({
        type: refs.platform,
        description: 'The platform of the devices it can enroll.',
        resolve: ({ platform }) => platform,
      }),
      displayName: t.exposeString('displayName', {
        nullable: true,
        description: 'What people call it.',
      }),
      tags: t.stringList({
        description: 'Put on the device when it enrolls.',
        resolve: ({ tags }) => tags,
      }),
      state: t.field({
        type: refs.tokenState,
        description: 'As the API says it.',
        resolve: (token) => token.state,
      }),
      isUsable: t.boolean({
        description:
          "PENDING and not past expiresAt, by the gateway's clock at the time of the request.",
        resolve: (token, _args, { now }) => isUsable(token, now()),
      }),
      type: t.exposeString('type', {
        nullable: true,
        description: "The platform's own kind of token, e.g. `enrollment` or `user`; an open set.",
      }),
      subType: t.exposeString('subType', {
        nullable: true,
        description: 'A finer kind, e.g. `standard`; an open set.',
      }),
      createdAt: t.expose('createdAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it was created.',
      }),
      updatedAt: t.expose('updatedAt', {
        type: 'DateTime',
        nullable: true,
        description: 'When it last changed.',
      }),
      expiresAt: t.expose('expiresAt', {
        type: 'DateTime',
        nullable: true,
        description:
          'Null: it never expires; or, if isUsable is false, the API sent a date that cannot be read.',
      }),
      enrollmentLink: t.field({
        type: 'URL',
        nullable: true,
        description: credential,
        resolve: linkOf,
      }),
      enrollmentCode: t.exposeString('enrollmentCode', { nullable: true, description: credential }),
      enrollmentQrCode: t.string({
        nullable: true,
        description:
          'The enrollment link as a QR code drawn by the gateway; null where there is no link. size is the side in pixels, 64 to 1024. All codes of an operation may have 4,194,304 pixels together: 64 of the default size, or 4 of 1024.',
        args: {
          format: t.arg({
            type: qrCodeFormat,
            required: true,
            defaultValue: 'SVG',
            description: 'SVG, or a PNG as a data: URL.',
          }),
          size: t.arg.int({
            required: true,
            defaultValue: 256,
            description:
              'The side in pixels, 64 to 1024. A long link has more modules, and each takes a pixel: if they do not fit, the error names the smallest size that works.',
          }),
        },
        resolve: (token, { format, size }, { drawQrCode }) => {
          const link = linkOf(token);
          return link === null ? null : drawQrCode(link, format, size);
        },
      }),
      user: t.field({
        type: refs.user,
        nullable: true,
        description:
          'Who the device will belong to. No upstream call where only id, sourceId and email are selected; else one lookup for each distinct user.',
        resolve: (token, _args, context, info) => resolveUser(context, token, selectedFields(info)),
      }),
      policyAssignments: t.field({
        type: [refs.policyAssignment],
        description:
          'Strongest first: the lowest priority number wins; ties by policy id. A legacy single policy comes first, with a null priority. Assignments that the API gives no number come last, also with a null priority.',
        resolve: (token) => token.policyAssignments.map((assignment) => ({ token, assignment })),
      }),
      device: t.field({
        type: device,
        nullable: true,
        description: 'The device that enrolled with it; null before.',
        resolve: ({ organizationId, platform, deviceId }) =>
          deviceId === null ? null : { organizationId, platform, sourceId: deviceId },
      }),
      sendEmail: t.exposeBoolean('sendEmail', {
        nullable: true,
        description: 'An invitation was e-mailed on creation.',
      }),
      emailText: t.exposeString('emailText', {
        nullable: true,
        description: 'What was added to the e-mail.',
      }),
      segmentId: t.exposeInt('segmentId', {
        nullable: true,
        description: '0 is the root segment.',
      }),
      config: t.expose('config', {
        type: 'JSON',
        nullable: true,
        description: 'Settings that the API keeps with the token, as it says them.',
      }),
    }),
  });
};
