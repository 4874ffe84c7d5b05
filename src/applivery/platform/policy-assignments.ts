import type { OrganizationId } from '../../domain/organization.ts';
import { type PolicyAssignment, type PolicyId, toPolicyId } from '../../domain/policy.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { isObject, unreadable } from '../fields/fields.ts';
import { isWhole, knownFields } from '../fields/object.ts';
import type { PolicyReader } from './policy-reader.ts';
import { isNothing, referencedId, type SentAssignment } from './token-wire.ts';

const nothingEmbedded = { embeddedFields: {}, embeddedPolicy: null } as const;

const readEmbedded = (
  reader: PolicyReader,
  organizationId: OrganizationId,
  policyId: PolicyId,
  embedded: unknown,
): Pick<PolicyAssignment, 'embeddedFields' | 'embeddedPolicy'> => {
  // Most lists embed `{}`.
  if (!isObject(embedded) || isNothing(embedded)) return nothingEmbedded;
  const embeddedId = referencedId(embedded);
  // The assignment's own id decides. An object with another id is another policy.
  if (embeddedId !== null && toPolicyId(embeddedId) !== policyId) return nothingEmbedded;
  const policy = reader.read(organizationId, { ...embedded, id: policyId });
  if (policy === null) return nothingEmbedded;
  return {
    embeddedFields: knownFields(policy, reader.presence, embedded),
    embeddedPolicy: isWhole(reader.presence, embedded) ? policy : null,
  };
};

const compareIds = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** Lowest number first. Assignments without a number are last. */
const byPriority = (one: PolicyAssignment, other: PolicyAssignment): number =>
  (one.priority ?? Number.POSITIVE_INFINITY) - (other.priority ?? Number.POSITIVE_INFINITY) ||
  compareIds(one.policyId, other.policyId);

/** A token's references to policies. */
export type TokenPolicies = Pick<EnrollmentToken, 'legacyPolicyId' | 'policyAssignments'>;

/**
 * Reads a token's policies, strongest first: the legacy single policy, then the assignments by priority number, with
 * ties by policy id, and assignments without a number last. The legacy policy (sent as null, an id, or an object with
 * one) is not repeated if it is also assigned. Assignments without a usable id are left out.
 */
export const readPolicies = (
  reader: PolicyReader,
  organizationId: OrganizationId,
  legacyPolicy: unknown,
  sentAssignments: readonly SentAssignment[],
): TokenPolicies => {
  const read = (
    id: unknown,
    embedded: unknown,
    rank: Pick<PolicyAssignment, 'priority' | 'isLegacy'>,
  ): PolicyAssignment[] => {
    const sentId = referencedId(id) ?? referencedId(embedded);
    if (sentId === null) {
      const isAbsent = isNothing(id) && isNothing(embedded);
      return unreadable('unreadable-policy-assignment', isAbsent ? null : true) ?? [];
    }
    const policyId = toPolicyId(sentId);
    return [{ policyId, ...rank, ...readEmbedded(reader, organizationId, policyId, embedded) }];
  };
  const assignments = sentAssignments
    .flatMap(({ policyId, policy, priority }) =>
      read(policyId, policy, { priority, isLegacy: false }),
    )
    .sort(byPriority);
  const legacy = read(legacyPolicy, legacyPolicy, { priority: null, isLegacy: true });
  const legacyPolicyId = legacy[0]?.policyId ?? null;
  const isAssigned = assignments.some(({ policyId }) => policyId === legacyPolicyId);
  return {
    legacyPolicyId,
    policyAssignments: isAssigned ? assignments : [...legacy, ...assignments],
  };
};
