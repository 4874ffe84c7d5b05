import type { OrganizationId } from '../domain/organization.ts';

/**
 * Counts the writes of this process that have ended. A read that starts in a later generation must not use an answer of
 * an earlier one, since that answer can be older than the write.
 */
export interface WriteGenerations {
  /** Starts a new generation. To be called when a write in an organization has ended that may have had an effect. */
  recordWrite(organizationId: OrganizationId): void;
  /** Changes with each recorded write in the organization. */
  generationOf(organizationId: OrganizationId): number;
  /** Changes with each recorded write in any organization. */
  latestGeneration(): number;
}

/** Organizations with a number of their own. Beyond it, all numbers are dropped and all organizations get a new one. */
const maxOrganizations = 10_000;

/** Creates generations that start at 0. `onWrite` is called with each recorded write. */
export const createWriteGenerations = (
  onWrite: (organizationId: OrganizationId) => void = () => {},
): WriteGenerations => {
  const generations = new Map<OrganizationId, number>();
  let latest = 0;
  // The generation of every organization that is not in the map.
  let common = 0;
  return {
    generationOf: (organizationId) => generations.get(organizationId) ?? common,
    latestGeneration: () => latest,
    recordWrite: (organizationId) => {
      latest += 1;
      if (generations.size >= maxOrganizations) {
        generations.clear();
        common = latest;
      }
      generations.set(organizationId, latest);
      onWrite(organizationId);
    },
  };
};

/**
 * Returns a function that returns the same value until a write in the organization ends, and then creates another one. An
 * operation keeps what it has read in the value, and does not use it after a write.
 */
export const renewAfterWrites = <Value>(
  generations: Pick<WriteGenerations, 'generationOf'>,
  organizationId: OrganizationId,
  create: () => Value,
): (() => Value) => {
  let current: { readonly value: Value; readonly generation: number } | null = null;
  return () => {
    const generation = generations.generationOf(organizationId);
    if (current?.generation !== generation) current = { value: create(), generation };
    return current.value;
  };
};
