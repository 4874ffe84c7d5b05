import { hash as digest } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { LookupCache } from '../domain/lookup-cache.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import { createInFlight, type InFlight } from '../sharing/in-flight.ts';
import { createProcessHash } from '../state/keyed-hash.ts';
import type { ListFacts } from './list-walk.ts';

export interface LookupSettings {
  /** Where policies and users are kept for other operations. Default: nowhere. */
  readonly cache?: LookupCache;
  /** How long they are served from there; 0 turns it off. They are served for as long again while they are read anew. */
  readonly ttlMs?: number;
  /** Names the entries; replicas that share a cache need the same. Default: under a secret that this process makes up. */
  readonly hash?: KeyedHash;
  /**
   * Names the shape of what is kept, and is part of every name: entries of another shape, which a replica of another version
   * wrote, are not found. Default: none, for a cache that no other version shares.
   */
  readonly format?: string;
  /** Largest `limit` asked of a list. */
  readonly maxLimit?: number;
  /** The one that the platforms' reads are shared by, as it knows of writes. Default: one of its own. */
  readonly inFlight?: InFlight;
  /** Calls that the organization's quota still allows; null where nobody knows. */
  readonly quotaLeft?: (organizationId: OrganizationId) => number | null;
  /** Milliseconds since the epoch. */
  readonly epochMs?: () => number;
}

/** What the lookups of all operations share; see createLookups. */
export interface Lookups {
  readonly cache: LookupCache | null;
  readonly ttlMs: number;
  readonly maxLimit: number;
  readonly inFlight: InFlight;
  readonly quotaLeft: (organizationId: OrganizationId) => number | null;
  readonly epochMs: () => number;
  /**
   * Names that only this credential leads to: so no caller finds what another could read. Nobody can tell credential or
   * object from them.
   */
  readonly namesFor: (
    operation: Operation,
    organizationId: OrganizationId,
    kind: string,
  ) => (key: string) => string;
  /** What was learned of lists; forgotten after a while, as they grow and permissions change. */
  readonly listFacts: {
    readonly read: (name: string) => ListFacts | null;
    readonly write: (name: string, facts: ListFacts) => void;
  };
}

const maxLists = 2_000;
const sizeHoldsMs = 600_000;
const refusalHoldsMs = 60_000;

const createListFacts = (): Lookups['listFacts'] => {
  const known = new LRUCache<string, ListFacts>({ max: maxLists });
  return {
    read: (name) => known.get(name) ?? null,
    write: (name, facts) => {
      known.set(name, facts, { ttl: facts.refused ? refusalHoldsMs : sizeHoldsMs });
    },
  };
};

/** What the lookups of a process share: make it once, and give it to every createLoaders. */
export const createLookups = (settings: LookupSettings = {}): Lookups => {
  const { hash = createProcessHash(), ttlMs = 0, cache = null, format = '' } = settings;
  return {
    cache: ttlMs > 0 ? cache : null,
    ttlMs,
    maxLimit: settings.maxLimit ?? 500,
    inFlight: settings.inFlight ?? createInFlight(),
    quotaLeft: settings.quotaLeft ?? (() => null),
    epochMs: settings.epochMs ?? Date.now,
    namesFor: ({ credential }, organizationId, kind) => {
      // Keyed once: it is a secret itself, which the names of a page's hundred objects are derived from for less.
      const scope = hash(JSON.stringify(['lookup', format, credential, organizationId, kind]));
      return (key) => digest('sha256', scope + key, 'base64url');
    },
    listFacts: createListFacts(),
  };
};
