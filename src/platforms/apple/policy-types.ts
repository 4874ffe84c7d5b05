import type { SchemaParts } from '../../graphql/schema-parts.ts';
import { enterpriseIdOptions, platformEntity } from '../../graphql/types/platform-types.ts';
import type { defineApplication, defineProfile } from './content-types.ts';
import type { ApplePolicy } from './wire.ts';

export const applePolicyType = 'ApplePolicy';

const inTheApisFormat = 'in the format of the REST API.';

/** Adds ApplePolicy. */
export const definePolicyType = (
  parts: SchemaParts,
  profile: ReturnType<typeof defineProfile>,
  application: ReturnType<typeof defineApplication>,
): void => {
  const { builder, refs } = parts;
  const policy = builder.objectRef<ApplePolicy>(applePolicyType);
  builder.node(policy, {
    description: 'A policy for Apple devices.',
    interfaces: [refs.policy],
    ...platformEntity,
    fields: (t) => ({
      enterpriseId: t.exposeID('enterpriseId', enterpriseIdOptions('Apple')),
      targetType: t.exposeString('targetType', {
        nullable: true,
        description: 'The kind of target, e.g. `device`.',
      }),
      attachedProfile: t.field({
        type: profile,
        nullable: true,
        description: "The profile that holds the policy's own settings.",
        resolve: (policy) => policy.attachedProfile,
      }),
      profiles: t.field({
        type: [profile],
        description: 'The configuration profiles that the policy installs.',
        resolve: (policy) => policy.profiles,
      }),
      applications: t.field({
        type: [application],
        description: 'The applications that the policy installs.',
        resolve: (policy) => policy.applications,
      }),
      scripts: t.expose('scripts', {
        type: 'JSON',
        nullable: true,
        description: `The scripts that the policy runs, ${inTheApisFormat}`,
      }),
      books: t.expose('books', {
        type: 'JSON',
        nullable: true,
        description: `The books that the policy installs, ${inTheApisFormat}`,
      }),
      bookmarks: t.expose('bookmarks', {
        type: 'JSON',
        nullable: true,
        description: `The bookmarks that the policy sets, ${inTheApisFormat}`,
      }),
      assets: t.expose('assets', {
        type: 'JSON',
        nullable: true,
        description: `The files that the policy puts on the device, ${inTheApisFormat}`,
      }),
      agentConfiguration: t.expose('agentConfiguration', {
        type: 'JSON',
        nullable: true,
        description: `The settings of the management agent, ${inTheApisFormat}`,
      }),
      segmentId: t.exposeInt('segmentId', {
        nullable: true,
        description: 'The segment of the policy; 0 is the root segment.',
      }),
      exposedToChildren: t.exposeBoolean('exposedToChildren', {
        nullable: true,
        description: 'Whether the segments below may use the policy.',
      }),
    }),
  });
};
