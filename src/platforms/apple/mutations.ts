import { z } from 'zod';
import type { TokenDraft } from '../../domain/platform.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { InputFields, ObjectType } from '../../graphql/builder.ts';
import {
  jsonObject,
  list,
  optional,
  present,
  sourceId,
} from '../../graphql/mutations/create-input.ts';
import { defineCreateMutations } from '../../graphql/mutations/create-mutations.ts';
import type { SchemaParts } from '../../graphql/schema-parts.ts';
import { type AppleTokenDraft, appleApplicationActions, appleKey, isAppleToken } from './token.ts';

const defineInputs = ({ builder }: SchemaParts) => {
  const action = builder.enumType('AppleApplicationAction', {
    description: 'What to do with an application.',
    values: {
      FORCE_INSTALL: {
        value: appleApplicationActions[0],
        description: 'Install it without asking.',
      },
    } as const,
  });
  const scripts = builder.inputType('AppleApplicationScriptsInput', {
    description: 'Scripts that run around the installation of an application.',
    fields: (t) => ({
      preInstall: t.string({ description: 'Runs before the installation.' }),
      postInstall: t.string({ description: 'Runs after the installation.' }),
      audit: t.string({ description: 'Tells whether the application is as it should be.' }),
      enforce: t.string({ description: 'Puts right what the audit found.' }),
      runner: t.string({ description: 'What runs them.' }),
    }),
  });
  return builder.inputType('AppleApplicationInput', {
    description: 'An application that the device gets beside its policies.',
    fields: (t) => ({
      applicationId: t.id({ required: true, description: 'The id in the REST API.' }),
      managed: t.boolean({
        description: 'Whether it is managed, and goes when the device leaves.',
      }),
      vpp: t.boolean({ description: 'Whether its licence is a purchased one.' }),
      iosApp: t.boolean({ description: 'Whether it is an iOS application.' }),
      action: t.field({ type: action, description: 'What to do with it.' }),
      actionStatus: t.field({ type: action, description: 'The state that it starts in.' }),
      configuration: t.field({ type: 'JSON', description: 'How it is configured: an object.' }),
      updatePolicy: t.field({ type: 'JSON', description: 'How it is kept up to date: an object.' }),
      scripts: t.field({
        type: scripts,
        description: 'Scripts that run around its installation.',
      }),
    }),
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
                })
                .transform(present),
            ),
          })
          .transform(present),
      ),
    ),
  })
  .transform(present);

const sameIds = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((id) => right.includes(id));

/** Compares ids only: which fields of an application an answer repeats is not documented. */
const matchesExtra = (token: EnrollmentToken, draft: TokenDraft): boolean => {
  const { profileIds, applications, vppLocationId }: AppleTokenDraft = draft;
  if (!isAppleToken(token)) return false;
  return (
    (profileIds === undefined ||
      sameIds(
        token.profiles.map(({ id }) => id),
        profileIds,
      )) &&
    (applications === undefined ||
      sameIds(
        token.applications.map(({ applicationId }) => applicationId),
        applications.map(({ applicationId }) => applicationId),
      )) &&
    (vppLocationId === undefined || token.vppLocation?.id === vppLocationId)
  );
};

/** Adds the create mutations of Apple. They also take profiles, applications and a purchase location. */
export const defineMutations = (parts: SchemaParts, token: ObjectType<EnrollmentToken>): void => {
  const application = defineInputs(parts);
  defineCreateMutations(parts, {
    platform: appleKey,
    title: 'Apple',
    token,
    extraFields: (t: InputFields) => ({
      profileIds: t.idList({
        description:
          'Configuration profiles that the device gets: their ids in the REST API, at most 100.',
      }),
      applications: t.field({
        type: [application],
        description: 'Applications that the device gets beside its policies; at most 100.',
      }),
      vppLocationId: t.id({
        description: 'Where the licences of its applications come from: the id in the REST API.',
      }),
    }),
    extraInput,
    matchesExtra,
  });
};
