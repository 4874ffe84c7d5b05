import type { OrganizationId } from './organization.ts';
import type { CreationRecords, KeyedHash, WallClock } from './ports.ts';
import type { ReadBack } from './read-back.ts';
import type { TokenId } from './token.ts';

/** What an idempotency key counts for: one caller, organization and mutation. */
export interface CreationKey {
  /** The caller's credential in `passthrough`, the JWT's issuer and subject in `service`; it is only ever hashed. */
  readonly caller: string;
  readonly organizationId: OrganizationId;
  readonly mutation: string;
  readonly idempotencyKey: string;
}

/** What creates with and without a key need from outside. */
export interface CreationMeans {
  readonly records: CreationRecords;
  readonly clock: WallClock;
  readonly hash: KeyedHash;
  /** How long a record is left to its owner, in milliseconds: longer than any operation lasts. */
  readonly ownershipMs: number;
}

/** One create of one token. */
export interface CreationRequest<Token> {
  readonly key: CreationKey | null;
  /** What is compared where a key comes again: the draft and whom it is for, defaults and absent keys as they are. */
  readonly input: unknown;
  /** The operation's: ends the waiting for an earlier call, never the sending. */
  readonly signal: AbortSignal;
  /** Makes the POST. What it throws tells whether it may have arrived. */
  readonly send: () => Promise<Token>;
  /** Looks for what a POST sent at that moment (milliseconds since the epoch) may have made: see readBackCreated. */
  readonly readBack: (sentAtMs: number) => Promise<ReadBack<Token>>;
  /** Reads the first call's token for a later one with the same key. */
  readonly readAgain: (id: TokenId) => Promise<Token>;
}

export interface Creation<Token> {
  readonly token: Token;
  /** Whether it is the token of an earlier call with the same key. */
  readonly replayed: boolean;
}

/**
 * Creates a token at most once. Throws what `send` threw where that surely had no effect, OutcomeUnknownError where
 * an effect can be neither found nor ruled out, IdempotencyConflictError, UpstreamUnavailableError before anything
 * was sent where the records cannot be reached, and what `readAgain` throws.
 */
export type CreateOnce<Token> = (request: CreationRequest<Token>) => Promise<Creation<Token>>;
