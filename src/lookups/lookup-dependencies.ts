import { hash as digest } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LookupCache } from '../domain/lookup-cache.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { SharedReads } from '../sharing/shared-reads.ts';
import type { ListFacts } from './list-scan.ts';

export interface LookupSettings {
  /** Stores policies and users for later operations. */
  readonly cache: LookupCache;
  /**
   * How long an entry is fresh; 0 turns the cache off. After that time, the entry is served for the same time again
   * while it is refreshed.
   */
  readonly ttlMs: number;
  /** Names the entries. Replicas that share a cache need the same hash. */
  readonly hash: KeyedHash;
  /**
   * Describes the fields of the stored values. It is part of every name, so an entry with other fields, written by
   * another version of the gateway, is not found.
   */
  readonly format: string;
  /** Largest `limit` to ask of a list. */
  readonly maxLimit: number;
  /** The same one that shares the reads of the platforms and users, since it counts the writes. */
  readonly sharedReads: SharedReads;
  /** Calls that the organization's quota still allows; null if that is not known. */
  readonly quotaLeft: (organizationId: OrganizationId) => number | null;
  /** Milliseconds since 1970. */
  readonly epochMs: () => number;
}

/** What the lookups of all operations share. */
export interface LookupDependencies {
  /** Null if the cache is off. */
  readonly cache: LookupCache | null;
  readonly ttlMs: number;
  readonly maxLimit: number;
  readonly sharedReads: SharedReads;
  readonly quotaLeft: (organizationId: OrganizationId) => number | null;
  readonly epochMs: () => number;
  /**
   * Names that depend on the operation's credential, so no caller finds an entry of another caller. Neither the
   * credential nor the object can be derived from a name.
   */
  readonly namesFor: (
    operation: Operation,
    organizationId: OrganizationId,
    kind: string,
  ) => (key: string) => string;
  /** Facts about lists, dropped after a while because lists grow and permissions change. */
  readonly listFacts: {
    readonly read: (name: string) => ListFacts | null;
    readonly write: (name: string, facts: ListFacts) => void;
  };
}

const maxLists = 2_000;
const factsTtlMs = 600_000;
const refusalTtlMs = 60_000;

const createListFacts = (): LookupDependencies['listFacts'] => {
  const stored = new LRUCache<string, ListFacts>({ max: maxLists });
  return {
    read: (name) => stored.get(name) ?? null,
    write: (name, facts) => {
      stored.set(name, facts, { ttl: facts.isRefused ? refusalTtlMs : factsTtlMs });
    },
  };
};

/** Creates what the lookups of one process share. */
export const createLookupDependencies = (settings: LookupSettings): LookupDependencies => {
  const { cache, ttlMs, hash, format, maxLimit, sharedReads, quotaLeft, epochMs } = settings;
  return {
    cache: ttlMs > 0 ? cache : null,
    ttlMs,
    maxLimit,
    sharedReads,
    quotaLeft,
    epochMs,
    namesFor: ({ credential }, organizationId, kind) => {
      // The keyed hash runs once. The scope is a secret itself, so a cheaper plain hash is enough for each key.
      const scope = hash(JSON.stringify(['lookup', format, credential, organizationId, kind]));
      return (key) => digest('sha256', scope + key, 'base64url');
    },
    listFacts: createListFacts(),
  };
};
