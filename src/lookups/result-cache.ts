import { NotFoundError } from '../domain/errors.ts';
import type { LookupEntry } from '../domain/lookup-cache.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { LookupDependencies } from './lookup-dependencies.ts';

/** The result of an earlier lookup. */
export interface CachedResult<Value> {
  /** Null if the object was not found. */
  readonly value: Value | null;
  /** Whether it is older than the TTL. It is still served, and has to be refreshed. */
  readonly isStale: boolean;
}

/**
 * The cached lookups of one kind of object that one caller may see. Its methods reject only if the caller gave no
 * credential.
 */
export interface ResultCache<Key, Value> {
  readonly read: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, CachedResult<Value>>>;
  /** Stores values and, for a short time, that a key was not found. Other errors are not stored. */
  readonly write: (outcomes: Iterable<readonly [Key, Value | Error]>) => Promise<void>;
  readonly remove: (keys: readonly Key[]) => Promise<void>;
  /** Claims the refresh of the keys, and returns those that no other operation has claimed. */
  readonly claimRefresh: (keys: readonly Key[], forMs: number) => Promise<readonly Key[]>;
}

const missTtlMs = 5_000;

/** In characters. A longer entry, such as a policy with a very large configuration, would evict too many others. */
const maxEntryLength = 1_000_000;

interface Entry {
  /** When the value was read, in milliseconds since 1970. */
  readonly at: number;
  readonly value: unknown;
}

const createEntry = (at: number, value: unknown): Entry => ({ at, value });

/** The names of an entry's own fields. They are part of the format of the cache. */
export const entryShape = Object.keys(createEntry(0, null)).join();

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' &&
  value !== null &&
  'value' in value &&
  'at' in value &&
  typeof value.at === 'number';

/** Creates the view of the shared cache that an operation's caller has. It uses only names of the caller's credential. */
export const createResultCache = <Key extends string, Value>(
  dependencies: LookupDependencies,
  operation: Operation,
  organizationId: OrganizationId,
  kind: string,
  isValue: (value: unknown, key: Key) => value is Value,
): ResultCache<Key, Value> => {
  const { cache, ttlMs } = dependencies;
  if (cache === null) {
    return {
      read: async () => new Map(),
      write: async () => {},
      remove: async () => {},
      claimRefresh: async () => [],
    };
  }
  const namesOf = (keys: readonly Key[], purpose = kind): string[] =>
    keys.map(dependencies.namesFor(operation, organizationId, purpose));

  const interpret = (entry: unknown, key: Key): CachedResult<Value> | null => {
    if (!isEntry(entry)) return null;
    const ageMs = dependencies.epochMs() - entry.at;
    if (entry.value === null) return ageMs < missTtlMs ? { value: null, isStale: false } : null;
    if (ageMs >= 2 * ttlMs || !isValue(entry.value, key)) return null;
    return { value: entry.value, isStale: ageMs >= ttlMs };
  };

  const toEntry = (name: string, outcome: Value | Error): LookupEntry | null => {
    const isMiss = outcome instanceof NotFoundError;
    if (outcome instanceof Error && !isMiss) return null;
    const entry = createEntry(dependencies.epochMs(), isMiss ? null : outcome);
    const text = JSON.stringify(entry);
    if (text.length > maxEntryLength) return null;
    return { name, value: entry, text, ttlMs: isMiss ? missTtlMs : 2 * ttlMs };
  };

  return {
    read: async (keys) => {
      const entries = await cache.read(namesOf(keys));
      const found = new Map<Key, CachedResult<Value>>();
      for (const [index, key] of keys.entries()) {
        const value = interpret(entries[index], key);
        if (value !== null) found.set(key, value);
      }
      return found;
    },
    write: async (outcomes) => {
      const nameOf = dependencies.namesFor(operation, organizationId, kind);
      const entries = Array.from(outcomes, ([key, outcome]) => toEntry(nameOf(key), outcome));
      await cache.write(entries.filter((entry) => entry !== null));
    },
    remove: (keys) => cache.remove(namesOf(keys)),
    claimRefresh: async (keys, forMs) => {
      const claims = await cache.claim(namesOf(keys, `refresh:${kind}`), forMs);
      return keys.filter((_key, index) => claims[index] === true);
    },
  };
};
