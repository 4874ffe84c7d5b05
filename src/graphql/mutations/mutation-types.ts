import type { InputFieldMap } from '@pothos/core';
import type { BulkResult } from '../../creation/bulk-results.ts';
import type { TokenDraft } from '../../domain/platform.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { InputFields, ObjectType } from '../builder.ts';
import { orSourceId } from '../global-id.ts';
import { limitedInputs, limitOf, listLimit } from '../input-limits.ts';
import { organizationArgument } from '../queries/organization-argument.ts';
import type { SchemaParts, SchemaRefs } from '../schema-parts.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { callInputSchemas } from './create-input.ts';

/** The fields that creates and updates share, except `segmentId`. */
export const sharedTokenFields = (t: InputFields, { policyAssignmentInput }: SchemaRefs) => ({
  displayName: t.string({
    description: `The display name; ${limitOf(limitedInputs.displayName)}.`,
  }),
  tags: t.stringList({ description: `Tags that the device gets: ${limitOf(limitedInputs.tags)}.` }),
  policyAssignments: t.field({
    type: [policyAssignmentInput],
    description: `The policies that the device gets when it enrolls; ${listLimit}.`,
  }),
});

/** The fields of every create that do not describe the token. */
const callFields = (t: InputFields) =>
  ({
    organizationId: t.id(organizationArgument),
    idempotencyKey: t.string({
      description: `Makes the call safe to repeat: for 24 hours, the same key with the same input gives the same result. ${limitOf(limitedInputs.idempotencyKey)}.`,
    }),
    validateOnly: t.boolean({
      required: true,
      defaultValue: false,
      description:
        'If true, the gateway checks the input, and that the user and the policies exist, but creates nothing.',
    }),
  }) satisfies Record<keyof typeof callInputSchemas, unknown>;

/** The fields of every create that describe the token. A field of the draft that is missing does not compile. */
const draftFields = (t: InputFields, refs: SchemaRefs) =>
  ({
    ...sharedTokenFields(t, refs),
    sendEmail: t.boolean({
      required: true,
      description: 'Whether the user gets an invitation by e-mail.',
    }),
    durationSeconds: t.int({
      description: `The time that the token can be used, in seconds: ${limitOf(limitedInputs.durationSeconds)}. Default: one day.`,
    }),
    language: t.string({
      description: `The language of the e-mail. The REST API accepts ${limitOf(limitedInputs.language)}.`,
    }),
    emailText: t.string({
      description: `Text that is added to the e-mail; ${limitOf(limitedInputs.emailText)}.`,
    }),
    segmentId: t.int({
      description: `The segment of the token: ${limitOf(limitedInputs.segmentId)}; 0 is the root segment.`,
    }),
  }) satisfies Record<keyof TokenDraft, unknown>;

/** The input fields that only one platform's creates have. */
export type ExtraFields = (t: InputFields) => InputFieldMap;

/** Adds the inputs of one platform's creates. `title` is the platform's name in type names. */
export const defineCreateInputs = (
  { builder, refs }: SchemaParts,
  title: string,
  extra: ExtraFields,
) => ({
  single: builder.inputType(`Create${title}EnrollmentTokenInput`, {
    description: `One ${title} enrollment token for one user.`,
    fields: (t) => ({
      ...callFields(t),
      userId: t.id({
        required: true,
        description: `The id of an MdmUser, ${orSourceId}.`,
      }),
      ...draftFields(t, refs),
      ...extra(t),
    }),
  }),
  bulk: builder.inputType(`BulkCreate${title}EnrollmentTokensInput`, {
    description: `One ${title} enrollment token for each of many users, all with the same settings.`,
    fields: (t) => ({
      ...callFields(t),
      userEmails: t.stringList({
        required: true,
        description: `${limitOf(limitedInputs.userEmails)}. Repeated addresses count once. Blanks, commas, semicolons and angle brackets around an address are dropped.`,
      }),
      ...draftFields(t, refs),
      ...extra(t),
    }),
  }),
});

/** The description of `userErrors` in every payload. */
export const userErrorsDescription = 'Errors that the caller can act on; empty if there are none.';

/** The payload of a single create. */
export interface CreatePayload {
  readonly enrollmentToken: EnrollmentToken | null;
  readonly userErrors: readonly UserError[];
  readonly replayed: boolean;
}

/** The payload of a bulk create. `results` is empty unless it is selected. */
export interface BulkCreatePayload {
  readonly total: number;
  readonly success: number;
  readonly fail: number;
  readonly results: readonly BulkResult[];
  readonly userErrors: readonly UserError[];
  readonly replayed: boolean;
}

/** Adds the payload of one platform's single create. */
export const defineCreatePayload = (
  { builder, refs }: SchemaParts,
  title: string,
  token: ObjectType<EnrollmentToken>,
) =>
  builder.objectRef<CreatePayload>(`Create${title}EnrollmentTokenPayload`).implement({
    description: 'The result of a create.',
    fields: (t) => ({
      enrollmentToken: t.field({
        type: token,
        nullable: true,
        description: 'The created token. Null with validateOnly, and if userErrors gives a reason.',
        resolve: (payload) => payload.enrollmentToken,
      }),
      userErrors: t.field({
        type: [refs.userError],
        description: userErrorsDescription,
        resolve: (payload) => payload.userErrors,
      }),
      replayed: t.exposeBoolean('replayed', {
        description:
          'Whether an earlier call with the same idempotencyKey created the token. enrollmentToken shows its current state.',
      }),
    }),
  });

const outcomeValues = {
  CREATED: { description: 'The token was created.' },
  FAILED: {
    description:
      'This call created no token for the address. error gives the reason. If the REST API refused the address, a call with the same idempotencyKey tries it again.',
  },
  UNKNOWN: {
    description:
      'The token may have been created. The REST API reported only counts, or its answer was lost, and reading the tokens back gave no result.',
  },
  NOT_ATTEMPTED: {
    description:
      'The call ended before this address was sent. A call with the same idempotencyKey continues with it.',
  },
} as const satisfies Record<BulkResult['outcome'], object>;

/** The longest e-mail address of a result. No longer text is an address, and returning it would only repeat the input. */
const longestShownEmail = 256;

/** Adds BulkEnrollmentResult. */
export const defineBulkResult = ({ builder, refs }: SchemaParts): void => {
  const outcome = builder.enumType('BulkEnrollmentOutcome', {
    description: 'The outcome for one address of a bulk create.',
    values: outcomeValues,
  });
  refs.bulkResult.implement({
    description: 'The result for one address of a bulk create.',
    fields: (t) => ({
      email: t.string({
        description: `The address as it was sent: the first spelling in the input, without the blanks, commas, semicolons and angle brackets around it. A malformed address is returned as it was given, cut after ${longestShownEmail} characters.`,
        resolve: ({ email }) =>
          email.length > longestShownEmail ? `${email.slice(0, longestShownEmail)}…` : email,
      }),
      outcome: t.field({
        type: outcome,
        description: 'Whether the token was created.',
        resolve: (result) => result.outcome,
      }),
      enrollmentToken: t.field({
        type: refs.token,
        nullable: true,
        description: 'The created token. Null if there is none, or if it could not be identified.',
        resolve: (result) => result.token,
      }),
      error: t.field({
        type: refs.userError,
        nullable: true,
        description: 'The reason if there is no token, or if the outcome is not known.',
        resolve: ({ error }) => (error === null ? null : (toUserErrors(error)[0] ?? null)),
      }),
    }),
  });
};

/** Adds the payload of one platform's bulk create. */
export const defineBulkPayload = ({ builder, refs }: SchemaParts, title: string) =>
  builder.objectRef<BulkCreatePayload>(`BulkCreate${title}EnrollmentTokensPayload`).implement({
    description: 'The result of a bulk create.',
    fields: (t) => ({
      total: t.exposeInt('total', { description: 'The number of distinct addresses.' }),
      success: t.exposeInt('success', {
        description:
          'The number of created tokens: by the counts of the REST API, or by results if that is selected.',
      }),
      fail: t.exposeInt('fail', {
        description:
          'The number of addresses without a token, refused ones included: by the counts of the REST API, or by results if that is selected.',
      }),
      results: t.field({
        type: [refs.bulkResult],
        description:
          'One result for each distinct address, in the order of the input. Selecting this field reads the new tokens back.',
        resolve: (payload) => payload.results,
      }),
      userErrors: t.field({
        type: [refs.userError],
        description: userErrorsDescription,
        resolve: (payload) => payload.userErrors,
      }),
      replayed: t.exposeBoolean('replayed', {
        description: 'Whether earlier calls with the same idempotencyKey did all the work.',
      }),
    }),
  });
