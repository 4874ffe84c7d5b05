import type { EnrollmentToken } from '../domain/token.ts';
import type { GatewayContext } from './context.ts';

/** Lets the policies that came with a token answer for themselves: they need no lookup. */
export const primeEmbeddedPolicies = (
  { loaders }: GatewayContext,
  { policyAssignments }: EnrollmentToken,
): void => {
  for (const { embeddedPolicy } of policyAssignments)
    if (embeddedPolicy) loaders.policy.prime(embeddedPolicy);
};
