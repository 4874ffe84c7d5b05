import type { TokenId } from './token.ts';

/** A bulk create as the API counts it. */
export interface BulkCounts {
  readonly total: number;
  readonly success: number;
  readonly fail: number;
}

/** One chunk of a bulk create that may have reached the API; `counts` is null where no answer of it is known. */
export interface SentChunk {
  readonly sentAtMs: number;
  readonly counts: BulkCounts | null;
}

/** How far the create of one token came. */
export type TokenProgress =
  /** Surely nothing left yet. */
  | { readonly state: 'reserved' }
  /** It may have reached the API. */
  | { readonly state: 'sent'; readonly sentAtMs: number }
  | { readonly state: 'done'; readonly tokenId: TokenId };

/** How far a bulk create came. */
export interface BulkProgress {
  readonly state: 'bulk';
  readonly chunkSize: number;
  /** In order; null: this one surely had no effect yet. */
  readonly chunks: readonly (SentChunk | null)[];
}

/** How far a create with a key came. It never holds a link, a code or an address. */
export type CreationProgress = TokenProgress | BulkProgress;

/** What is remembered of a create with a key. */
export interface CreationRecord {
  /** A random name, another one with every write. */
  readonly revision: string;
  readonly inputHash: string;
  /** Until then its owner may be at work (milliseconds since the epoch); 0: nobody is. */
  readonly ownedUntilMs: number;
  readonly progress: CreationProgress;
}

/**
 * The records of creates with a key, shared by all replicas and as durable as the store under them. Both methods
 * reject within a second or two where the store cannot be reached; a write may then have happened.
 */
export interface CreationRecords {
  readonly read: (id: string) => Promise<CreationRecord | null>;
  /**
   * Puts `next` in the place of the record of that revision (null: of none), or removes it; all in one step. False
   * where another write came first, and then nothing changed: so a caller that was paused while another one took over
   * learns of it before it sends. A record is forgotten a fixed time after its last write.
   */
  readonly replace: (
    id: string,
    revision: string | null,
    next: CreationRecord | null,
  ) => Promise<boolean>;
}
