import { z } from 'zod';
import type { TokenDraft } from '../../domain/platform.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { InputFields, ObjectType } from '../../graphql/builder.ts';
import { list, listLimit } from '../../graphql/input-limits.ts';
import {
  dropUndefined,
  jsonObject,
  optional,
  sourceId,
} from '../../graphql/mutations/create-input.ts';
import { defineCreateMutations } from '../../graphql/mutations/create-mutations.ts';
import type { SchemaParts } from '../../graphql/schema-parts.ts';
import {
  type AppleApplicationDraft,
  type AppleExtraDraft,
  type AppleTokenDraft,
  appleApplicationActions,
} from './draft.ts';
import {
  type AppleApplicationScripts,
  type AppleEnrollmentToken,
  appleKey,
  isAppleToken,
} from './wire.ts';

const defineInputs = ({ builder }: SchemaParts) => {
  const action = builder.enumType('AppleApplicationAction', {
    description: 'The action for an application.',
    values: {
      FORCE_INSTALL: {
        value: appleApplicationActions[0],
        description: 'Install the application without asking.',
      },
    } as const,
  });
  const scripts = builder.inputType('AppleApplicationScriptsInput', {
    description:
      'Scripts that run before or after the installation of an application, or check it.',
    fields: (t) =>
      ({
        preInstall: t.string({ description: 'Runs before the installation.' }),
        postInstall: t.string({ description: 'Runs after the installation.' }),
        audit: t.string({ description: 'Checks whether the application is in the desired state.' }),
        enforce: t.string({ description: 'Corrects the faults that the audit script found.' }),
        runner: t.string({ description: 'The program that runs the scripts.' }),
      }) satisfies Record<keyof AppleApplicationScripts, unknown>,
  });
  return builder.inputType('AppleApplicationInput', {
    description: 'An application that the device gets in addition to its policies.',
    fields: (t) =>
      ({
        applicationId: t.id({ required: true, description: 'The id in the REST API.' }),
        managed: t.boolean({
          description:
            'Whether the application is managed: it is removed when the device is no longer enrolled.',
        }),
        vpp: t.boolean({ description: 'Whether the licence was purchased.' }),
        iosApp: t.boolean({ description: 'Whether the application is for iOS.' }),
        action: t.field({ type: action, description: 'The action for the application.' }),
        actionStatus: t.field({ type: action, description: 'The initial state of the action.' }),
        configuration: t.field({
          type: 'JSON',
          description: 'The configuration of the application: a JSON object.',
        }),
        updatePolicy: t.field({
          type: 'JSON',
          description: 'The settings for updates: a JSON object.',
        }),
        scripts: t.field({
          type: scripts,
          description: 'Scripts that run before or after the installation, or check it.',
        }),
      }) satisfies Record<keyof AppleApplicationDraft, unknown>,
  });
};

const script = optional(z.string());
const action = optional(z.enum(appleApplicationActions));

const extraInput = z
  .object({
    profileIds: optional(list('profileIds', sourceId('A profile id'))),
    vppLocationId: optional(sourceId('vppLocationId')),
    applications: optional(
      list(
        'applications',
        z
          .object({
            applicationId: sourceId('applicationId'),
            managed: optional(z.boolean()),
            vpp: optional(z.boolean()),
            iosApp: optional(z.boolean()),
            action,
            actionStatus: action,
            configuration: optional(jsonObject('configuration')),
            updatePolicy: optional(jsonObject('updatePolicy')),
            scripts: optional(
              z
                .object({
                  preInstall: script,
                  postInstall: script,
                  audit: script,
                  enforce: script,
                  runner: script,
                } satisfies Record<keyof AppleApplicationScripts, z.ZodType>)
                .transform(dropUndefined),
            ),
          } satisfies Record<keyof AppleApplicationDraft, z.ZodType>)
          .transform(dropUndefined),
      ),
    ),
  } satisfies Record<keyof AppleExtraDraft, z.ZodType>)
  .transform(dropUndefined);

const sameIds = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((id) => right.includes(id));

/** Compares ids only: which fields of an application an answer repeats is not documented. */
const comparisons: {
  readonly [Key in keyof Required<AppleExtraDraft>]: (
    token: AppleEnrollmentToken,
    sent: AppleExtraDraft,
  ) => boolean;
} = {
  profileIds: ({ profiles }, { profileIds }) =>
    profileIds === undefined ||
    sameIds(
      profiles.map(({ id }) => id),
      profileIds,
    ),
  applications: (token, { applications }) =>
    applications === undefined ||
    sameIds(
      token.applications.map(({ applicationId }) => applicationId),
      applications.map(({ applicationId }) => applicationId),
    ),
  vppLocationId: ({ vppLocation }, { vppLocationId }) =>
    vppLocationId === undefined || vppLocation?.id === vppLocationId,
};

const matchesExtra = (token: EnrollmentToken, draft: TokenDraft): boolean => {
  const sent: AppleTokenDraft = draft;
  return isAppleToken(token) && Object.values(comparisons).every((matches) => matches(token, sent));
};

/** Adds the create mutations of Apple. They also take profiles, applications and a purchase location. */
export const defineMutations = (parts: SchemaParts, token: ObjectType<EnrollmentToken>): void => {
  const application = defineInputs(parts);
  defineCreateMutations(parts, {
    platform: appleKey,
    title: 'Apple',
    token,
    extraFields: (t: InputFields) =>
      ({
        profileIds: t.idList({
          description: `The ids in the REST API of configuration profiles that the device gets; ${listLimit}.`,
        }),
        applications: t.field({
          type: [application],
          description: `Applications that the device gets in addition to its policies; ${listLimit}.`,
        }),
        vppLocationId: t.id({
          description:
            'The id in the REST API of the location that the licences of the applications come from.',
        }),
      }) satisfies Record<keyof AppleExtraDraft, unknown>,
    extraInput,
    matchesExtra,
  });
};
