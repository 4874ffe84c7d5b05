import type { InputFieldMap } from '@pothos/core';
import type { BulkResult } from '../../creation/bulk-results.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { Builder, InputFields, ObjectType } from '../builder.ts';
import type { SchemaParts } from '../schema-parts.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';

const organizationId = { description: 'Id or slug; the configured default where left out.' };

/** Adds the input types that creates and updates of every platform share. */
export const defineSharedInputs = (builder: Builder) => ({
  policyAssignment: builder.inputType('MdmPolicyAssignmentInput', {
    description: 'A policy to assign.',
    fields: (t) => ({
      policyId: t.id({ required: true, description: 'An MdmPolicy id of the same platform.' }),
      priority: t.int({ required: true, description: '0 to 10000; the lowest wins.' }),
    }),
  }),
});

export type SharedInputs = ReturnType<typeof defineSharedInputs>;

/** How a create is called, whichever it is. */
const callFields = (t: InputFields) => ({
  organizationId: t.id(organizationId),
  idempotencyKey: t.string({
    description:
      'Makes the call safe to repeat: same key and input, same answer, for 24 hours. 1 to 255 printable ASCII characters.',
  }),
  validateOnly: t.boolean({
    required: true,
    defaultValue: false,
    description: 'Checks the input, and that user and policies exist, and creates nothing.',
  }),
});

/** What every create can say of its tokens. */
const draftFields = (t: InputFields, { policyAssignment }: SharedInputs) => ({
  sendEmail: t.boolean({ required: true, description: 'E-mail the invitation to the user.' }),
  displayName: t.string({ description: 'At most 128 characters.' }),
  tags: t.stringList({ description: 'At most 100, each of at most 128 characters.' }),
  durationSeconds: t.int({
    description: 'How long the token can be used, in seconds: 60 to 2592000; a day where left out.',
  }),
  language: t.string({ description: 'Of the e-mail; the API takes de en es fr it pt ru zh.' }),
  emailText: t.string({ description: 'Added to the e-mail; at most 10000 characters.' }),
  policyAssignments: t.field({
    type: [policyAssignment],
    description: 'The policies that the device gets when it enrolls; at most 100.',
  }),
  segmentId: t.int({ description: '0 or more; 0 is the root segment.' }),
});

/** Fields that only one platform's creates have. */
export type ExtraFields = (t: InputFields) => InputFieldMap;

/** Adds the inputs of one platform's creates; `title` is the platform's name in type names. */
export const defineCreateInputs = (
  { builder, inputs }: SchemaParts,
  title: string,
  extra: ExtraFields,
) => ({
  single: builder.inputType(`Create${title}EnrollmentTokenInput`, {
    description: `One ${title} enrollment token for one user.`,
    fields: (t) => ({
      ...callFields(t),
      userId: t.id({ required: true, description: 'An MdmUser id.' }),
      ...draftFields(t, inputs),
      ...extra(t),
    }),
  }),
  bulk: builder.inputType(`BulkCreate${title}EnrollmentTokensInput`, {
    description: `A ${title} enrollment token for each of many users, all alike.`,
    fields: (t) => ({
      ...callFields(t),
      userEmails: t.stringList({
        required: true,
        description:
          '1 to 1000 addresses; the same address twice counts once. Blanks, commas, semicolons and angle brackets around an address are dropped.',
      }),
      ...draftFields(t, inputs),
      ...extra(t),
    }),
  }),
});

const userErrorsDescription = 'What went wrong, for the caller to act on; empty where all is well.';

/** What a create answers. */
export interface CreatePayload {
  readonly enrollmentToken: EnrollmentToken | null;
  readonly userErrors: readonly UserError[];
  readonly replayed: boolean;
}

/** What a bulk create answers; `results` are empty unless they are selected. */
export interface BulkCreatePayload {
  readonly total: number;
  readonly success: number;
  readonly fail: number;
  readonly results: readonly BulkResult[];
  readonly userErrors: readonly UserError[];
  readonly replayed: boolean;
}

const replayed = 'The token of an earlier call with the same idempotencyKey, as it is now.';

/** Adds the payload of one platform's single create. */
export const defineCreatePayload = (
  { builder, refs }: SchemaParts,
  title: string,
  token: ObjectType<EnrollmentToken>,
) =>
  builder.objectRef<CreatePayload>(`Create${title}EnrollmentTokenPayload`).implement({
    description: 'What became of the create.',
    fields: (t) => ({
      enrollmentToken: t.field({
        type: token,
        nullable: true,
        description: 'Null where userErrors says why, or with validateOnly.',
        resolve: (payload) => payload.enrollmentToken,
      }),
      userErrors: t.field({
        type: [refs.userError],
        description: userErrorsDescription,
        resolve: (payload) => payload.userErrors,
      }),
      replayed: t.exposeBoolean('replayed', { description: replayed }),
    }),
  });

/** Adds BulkEnrollmentResult. */
export const defineBulkResult = ({ builder, refs }: SchemaParts): void => {
  const outcome = builder.enumType('BulkEnrollmentOutcome', {
    description: 'What became of one address of a bulk create.',
    values: {
      CREATED: { description: 'Its token was created.' },
      FAILED: {
        description:
          'It has no token from this call: error says why. If the API refused it, the same idempotencyKey tries it again.',
      },
      UNKNOWN: {
        description:
          'The API reported counts only, or its answer was lost, and reading back could not tell.',
      },
      NOT_ATTEMPTED: {
        description:
          'The call ended before this address was sent: the same idempotencyKey goes on with it.',
      },
    },
  });
  refs.bulkResult.implement({
    description: 'What became of one address of a bulk create.',
    fields: (t) => ({
      email: t.string({
        description:
          'The address as it was sent: as first written, without the blanks, commas, semicolons and angle brackets around it. A malformed one is as written, and cut after 256 characters.',
        // None that is longer can be an address: it would only be an echo.
        resolve: ({ email }) => (email.length > 256 ? `${email.slice(0, 256)}…` : email),
      }),
      outcome: t.field({
        type: outcome,
        description: 'Whether its token was created.',
        resolve: (result) => result.outcome,
      }),
      enrollmentToken: t.field({
        type: refs.token,
        nullable: true,
        description: 'The token, where it was created.',
        resolve: (result) => result.token,
      }),
      error: t.field({
        type: refs.userError,
        nullable: true,
        description: 'Why there is none, or why that is not known.',
        resolve: ({ error }) => (error === null ? null : (toUserErrors(error)[0] ?? null)),
      }),
    }),
  });
};

/** Adds the payload of one platform's bulk create. */
export const defineBulkPayload = ({ builder, refs }: SchemaParts, title: string) =>
  builder.objectRef<BulkCreatePayload>(`BulkCreate${title}EnrollmentTokensPayload`).implement({
    description: 'What became of the bulk create.',
    fields: (t) => ({
      total: t.exposeInt('total', { description: 'Distinct addresses given.' }),
      success: t.exposeInt('success', {
        description:
          'Tokens created: as the API counted them, or as results say if they are selected.',
      }),
      fail: t.exposeInt('fail', {
        description:
          'Addresses without a token: as the API counted them, with those that were refused; or as results say if they are selected.',
      }),
      results: t.field({
        type: [refs.bulkResult],
        description:
          'One for each distinct address, in the order given. Selecting it reads the new tokens back.',
        resolve: (payload) => payload.results,
      }),
      userErrors: t.field({
        type: [refs.userError],
        description: userErrorsDescription,
        resolve: (payload) => payload.userErrors,
      }),
      replayed: t.exposeBoolean('replayed', {
        description: 'Earlier calls with the same idempotencyKey did it all.',
      }),
    }),
  });
