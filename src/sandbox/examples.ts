import type { Sandbox } from './sandbox.ts';

/** Things of the first organization that an example can name, by their ids in the API. */
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

/** Picks examples of a platform out of what was seeded, and makes a key that sees that platform only. */
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
