import type { Sandbox } from './sandbox.ts';

/** Ids of objects of the first organization for use in examples. */
export interface SandboxExamples {
  readonly organizationId: string;
  /** The first owns tokens and has `userId`. */
  readonly emails: readonly string[];
  readonly userId: string;
  /** The platform of `policyId`. */
  readonly platform: string;
  readonly policyId: string;
  /** The Authorization header of a key that may read this platform only. */
  readonly partialAuthorization: string;
}

const bulkSize = 3;

/** Picks example objects of a platform from the seeded data, and creates a key that sees that platform only. */
export const pickExamples = (sandbox: Sandbox): SandboxExamples => {
  const { organization } = sandbox;
  const [store] = organization.platforms;
  const [user, ...others] = organization.users.all();
  const policy = store?.policies.all()[0];
  if (store === undefined || user === undefined || policy === undefined) {
    throw new Error('The sandbox was seeded without users or policies.');
  }
  const { key } = store.platform;
  const limitedKey = sandbox.addKey({ permissions: [`mdm.${key}.*`, 'mdm.global.*'] });
  return {
    organizationId: organization.id,
    emails: [user, ...others.slice(0, bulkSize - 1)].map(({ email }) => String(email)),
    userId: user.id,
    platform: key,
    policyId: policy.id,
    partialAuthorization: `Bearer ${limitedKey}`,
  };
};
