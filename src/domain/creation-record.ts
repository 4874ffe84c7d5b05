import type { TokenId } from './token.ts';

/** The API's counts of a bulk create. */
export interface BulkCounts {
  readonly total: number;
  readonly success: number;
  readonly fail: number;
}

/** A chunk of a bulk create that may have reached the API. `counts` is null if no answer came. */
export interface SentChunk {
  readonly sentAtMs: number;
  readonly counts: BulkCounts | null;
}

/** How far the create of one token came. */
export type TokenProgress =
  /** Surely nothing was sent. */
  | { readonly state: 'reserved' }
  /** The POST may have reached the API. */
  | { readonly state: 'sent'; readonly sentAtMs: number }
  | { readonly state: 'done'; readonly tokenId: TokenId };

/** How far a bulk create came. */
export interface BulkProgress {
  readonly state: 'bulk';
  readonly chunkSize: number;
  /** In order. Null for a chunk that surely had no effect. */
  readonly chunks: readonly (SentChunk | null)[];
}

/** How far a create with a key came. It holds no link, no code and no e-mail address. */
export type CreationProgress = TokenProgress | BulkProgress;

/** The stored state of a create with a key. */
export interface CreationRecord {
  /** A random text that changes with every write. */
  readonly revision: string;
  readonly inputHash: string;
  /** A call may work on the create until this time, in milliseconds since 1970; 0 if no call does. */
  readonly ownedUntilMs: number;
  readonly progress: CreationProgress;
}

/**
 * The records of creates with a key. Replicas can share them, and they are as durable as their store. Both methods
 * reject within two seconds if the store cannot be reached. A write may then have happened.
 */
export interface CreationRecords {
  readonly read: (id: string) => Promise<CreationRecord | null>;
  /**
   * Replaces the record with this revision by `next`, or removes it if `next` is null, in one step. The revision null
   * stands for no record. Returns false and changes nothing if the record has another revision. So a caller that was
   * paused while another one took over notices it before it sends. A record expires a fixed time after its last write.
   */
  readonly replace: (
    id: string,
    revision: string | null,
    next: CreationRecord | null,
  ) => Promise<boolean>;
}
