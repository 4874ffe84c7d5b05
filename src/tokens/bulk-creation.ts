import type { CreationKey } from './creation.ts';
import type { EmailAddress } from './email-addresses.ts';
import type { GatewayError } from './errors.ts';
import type { BulkCounts } from './platform.ts';

/** One bulk create. */
export interface BulkRequest {
  readonly key: CreationKey | null;
  /** What is compared, besides the addresses, where a key comes again: the draft. */
  readonly input: unknown;
  /** As the caller gave them. */
  readonly emails: readonly string[];
  /** Addresses in one POST, 1 or more. */
  readonly chunkSize: number;
  /** Once aborted no further chunk leaves; one that left is waited for. */
  readonly signal: AbortSignal;
  /** Makes the POST for one chunk. What it throws tells whether it may have arrived. */
  readonly send: (emails: readonly string[]) => Promise<BulkCounts>;
}

/** What became of one chunk. */
export type ChunkOutcome =
  | { readonly state: 'answered'; readonly sentAtMs: number; readonly counts: BulkCounts }
  /** It may have reached the API; `error` is null where an earlier call lost the answer. */
  | { readonly state: 'unknown'; readonly sentAtMs: number; readonly error: GatewayError | null }
  /** The API refused this chunk, which surely had no effect. */
  | { readonly state: 'refused'; readonly error: GatewayError }
  /** It surely did not go out: the same key goes on with it. `error` is what ended the call, if not its time. */
  | { readonly state: 'not-attempted'; readonly error: GatewayError | null };

export interface BulkChunk {
  readonly addresses: readonly EmailAddress[];
  readonly outcome: ChunkOutcome;
}

/** A bulk create as it went. What is neither success nor fail is unknown or was not attempted. */
export interface BulkCreation {
  /** Distinct addresses given. */
  readonly total: number;
  /** As the API counted them. */
  readonly success: number;
  /** As the API counted them, the malformed ones, and those of refused chunks. */
  readonly fail: number;
  /** In the order given, with the malformed ones. */
  readonly addresses: readonly EmailAddress[];
  /** The well-formed addresses, in the order given. */
  readonly chunks: readonly BulkChunk[];
  /** What went wrong with chunks, each kind once. */
  readonly errors: readonly GatewayError[];
  /** Whether an earlier call with the same key did it all, and this one sent nothing. */
  readonly replayed: boolean;
}

/**
 * Creates tokens for many addresses, chunk after chunk, each at most once. A failing chunk neither undoes nor stops the
 * others, unless it says that all would fail. Throws where nothing was done and all would fail; otherwise as a
 * CreateOnce.
 */
export type BulkCreateOnce = (request: BulkRequest) => Promise<BulkCreation>;
