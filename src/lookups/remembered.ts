import { NotFoundError } from '../domain/errors.ts';
import type { LookupEntry } from '../domain/lookup-cache.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Lookups } from './lookups.ts';

/** A lookup that another operation made; null where there was nothing to find. */
export interface RememberedValue<Value> {
  readonly value: Value | null;
  /** Past its time: to be served once more while it is read anew. */
  readonly stale: boolean;
}

/** One kind of object in the cache that operations share, as one caller may see it. Nothing here rejects but for want of a credential. */
export interface Remembered<Key, Value> {
  readonly read: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, RememberedValue<Value>>>;
  /** Keeps values and, briefly, that a key was not found; other errors are not kept. */
  readonly write: (outcomes: Iterable<readonly [Key, Value | Error]>) => Promise<void>;
  readonly forget: (keys: readonly Key[]) => Promise<void>;
  /** Those of the keys that nobody else is reading anew. */
  readonly claim: (keys: readonly Key[], forMs: number) => Promise<readonly Key[]>;
}

const missHoldsMs = 5_000;

/** Longer entries (a policy with an uncommonly big configuration) would push out too many others. */
const maxEntryLength = 1_000_000;

interface Entry {
  /** When it was read, in milliseconds since the epoch. */
  readonly at: number;
  readonly value: unknown;
}

const createEntry = (at: number, value: unknown): Entry => ({ at, value });

/** The fields of an entry around what it holds. */
export const entryShape = Object.keys(createEntry(0, null)).join();

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' &&
  value !== null &&
  'value' in value &&
  'at' in value &&
  typeof value.at === 'number';

/** How an operation's caller sees the shared cache; it then reads and writes only under names of its own credential. */
export const createRemembered = <Key extends string, Value>(
  lookups: Lookups,
  operation: Operation,
  organizationId: OrganizationId,
  kind: string,
  isValue: (value: unknown, key: Key) => value is Value,
): Remembered<Key, Value> => {
  const { cache, ttlMs } = lookups;
  if (cache === null) {
    return {
      read: async () => new Map(),
      write: async () => {},
      forget: async () => {},
      claim: async () => [],
    };
  }
  const namesOf = (keys: readonly Key[], purpose = kind): string[] =>
    keys.map(lookups.namesFor(operation, organizationId, purpose));

  const interpret = (entry: unknown, key: Key): RememberedValue<Value> | null => {
    if (!isEntry(entry)) return null;
    const ageMs = lookups.epochMs() - entry.at;
    if (entry.value === null) return ageMs < missHoldsMs ? { value: null, stale: false } : null;
    if (ageMs >= 2 * ttlMs || !isValue(entry.value, key)) return null;
    return { value: entry.value, stale: ageMs >= ttlMs };
  };

  const toEntry = (name: string, outcome: Value | Error): LookupEntry | null => {
    const isMiss = outcome instanceof NotFoundError;
    if (outcome instanceof Error && !isMiss) return null;
    const entry = createEntry(lookups.epochMs(), isMiss ? null : outcome);
    const text = JSON.stringify(entry);
    if (text.length > maxEntryLength) return null;
    return { name, value: entry, text, ttlMs: isMiss ? missHoldsMs : 2 * ttlMs };
  };

  return {
    read: async (keys) => {
      const entries = await cache.read(namesOf(keys));
      const found = new Map<Key, RememberedValue<Value>>();
      for (const [index, key] of keys.entries()) {
        const value = interpret(entries[index], key);
        if (value !== null) found.set(key, value);
      }
      return found;
    },
    write: async (outcomes) => {
      const nameOf = lookups.namesFor(operation, organizationId, kind);
      const entries = Array.from(outcomes, ([key, outcome]) => toEntry(nameOf(key), outcome));
      await cache.write(entries.filter((entry) => entry !== null));
    },
    forget: (keys) => cache.remove(namesOf(keys)),
    claim: async (keys, forMs) => {
      const claims = await cache.claim(namesOf(keys, `refresh:${kind}`), forMs);
      return keys.filter((_key, index) => claims[index] === true);
    },
  };
};
