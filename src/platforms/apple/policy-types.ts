import { definePolicyEntity } from '../../graphql/federation/federation.ts';
import { globalIdOf } from '../../graphql/global-id.ts';
import type { SchemaParts } from '../../graphql/schema-parts.ts';
import type { defineApplication, defineProfile } from './content-types.ts';
import type { ApplePolicy } from './token.ts';

export const applePolicyType = 'ApplePolicy';

const asTheApiSays = 'as the API says them.';

/** Adds ApplePolicy. */
export const definePolicyType = (
  parts: SchemaParts,
  profile: ReturnType<typeof defineProfile>,
  application: ReturnType<typeof defineApplication>,
): void => {
  const { builder, refs } = parts;
  const policy = builder.objectRef<ApplePolicy>(applePolicyType);
  definePolicyEntity(parts, policy);
  builder.node(policy, {
    description: 'A policy for Apple devices.',
    interfaces: [refs.policy],
    id: globalIdOf,
    fields: (t) => ({
      enterpriseId: t.exposeID('enterpriseId', {
        nullable: true,
        description: "The organization's Apple enterprise in the REST API.",
      }),
      targetType: t.exposeString('targetType', {
        nullable: true,
        description: 'What it applies to, e.g. `device`.',
      }),
      attachedProfile: t.field({
        type: profile,
        nullable: true,
        description: "The profile that holds the policy's own settings.",
        resolve: (policy) => policy.attachedProfile,
      }),
      profiles: t.field({
        type: [profile],
        description: 'The configuration profiles that it installs.',
        resolve: (policy) => policy.profiles,
      }),
      applications: t.field({
        type: [application],
        description: 'The applications that it installs.',
        resolve: (policy) => policy.applications,
      }),
      scripts: t.expose('scripts', {
        type: 'JSON',
        nullable: true,
        description: `The scripts that it runs, ${asTheApiSays}`,
      }),
      books: t.expose('books', {
        type: 'JSON',
        nullable: true,
        description: `The books that it installs, ${asTheApiSays}`,
      }),
      bookmarks: t.expose('bookmarks', {
        type: 'JSON',
        nullable: true,
        description: `The bookmarks that it sets, ${asTheApiSays}`,
      }),
      assets: t.expose('assets', {
        type: 'JSON',
        nullable: true,
        description: `The files that it puts on the device, ${asTheApiSays}`,
      }),
      agentConfiguration: t.expose('agentConfiguration', {
        type: 'JSON',
        nullable: true,
        description: `What the management agent does: its settings ${asTheApiSays}`,
      }),
      segmentId: t.exposeInt('segmentId', {
        nullable: true,
        description: 'The segment that it belongs to; 0 is the root.',
      }),
      exposedToChildren: t.exposeBoolean('exposedToChildren', {
        nullable: true,
        description: 'Whether segments below may use it.',
      }),
    }),
  });
};
