import type { OrganizationId } from '../domain/organization.ts';
import { type Policy, type PolicyAssignment, type PolicyId, toPolicyId } from '../domain/policy.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import { type FieldPresence, isWhole, knownFields } from './embedded-object.ts';
import { isObject, unreadable } from './fields.ts';
import { isNothing, referencedId, type SentAssignment } from './token-wire.ts';

/** How a platform reads its policies, whole or embedded. */
export interface PolicyReader<Own extends Policy> {
  /** Null where the object has no usable id. `organizationId` answers where the object names none. */
  readonly read: (organizationId: OrganizationId, object: unknown) => Own | null;
  readonly presence: FieldPresence<Own>;
}

const nothingEmbedded = { embeddedFields: {}, embeddedPolicy: null } as const;

const readEmbedded = <Own extends Policy>(
  reader: PolicyReader<Own>,
  organizationId: OrganizationId,
  policyId: PolicyId,
  embedded: unknown,
): Pick<PolicyAssignment, 'embeddedFields' | 'embeddedPolicy'> => {
  // `{}` is what most lists embed.
  if (!isObject(embedded) || isNothing(embedded)) return nothingEmbedded;
  const embeddedId = referencedId(embedded);
  // The assignment's own id decides; an object that is another policy says nothing of this one.
  if (embeddedId !== null && toPolicyId(embeddedId) !== policyId) return nothingEmbedded;
  const policy = reader.read(organizationId, { ...embedded, id: policyId });
  if (policy === null) return nothingEmbedded;
  return {
    embeddedFields: knownFields(policy, reader.presence, embedded),
    embeddedPolicy: isWhole(reader.presence, embedded) ? policy : null,
  };
};

const compareIds = (one: string, other: string): number => (one < other ? -1 : Number(one > other));

/** An assignment without a number is last: any number outranks it. */
const byPriority = (one: PolicyAssignment, other: PolicyAssignment): number =>
  (one.priority ?? Number.POSITIVE_INFINITY) - (other.priority ?? Number.POSITIVE_INFINITY) ||
  compareIds(one.policyId, other.policyId);

/** What a token says of its policies. */
export type TokenPolicies = Pick<EnrollmentToken, 'legacyPolicyId' | 'policyAssignments'>;

/**
 * A token's policies, strongest first: the legacy single policy (null, an id, or an object with one), unless it is
 * among the others, then by priority number, ties by policy id, and those without a number last. Assignments without a
 * usable id are left out.
 */
export const readPolicies = <Own extends Policy>(
  reader: PolicyReader<Own>,
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
