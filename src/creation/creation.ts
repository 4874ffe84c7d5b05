import type { TokenProgress } from '../domain/creation-record.ts';
import { OutcomeUnknownError } from '../domain/errors.ts';
import type { TokenId } from '../domain/token.ts';
import { createSharedWork } from '../sharing/shared-work.ts';
import {
  type CreationDependencies,
  type CreationKey,
  nameRecord,
  type RecordName,
  stillRunningError,
} from './creation-claim.ts';
import { type PostOutcome, unsent } from './post-outcome.ts';
import type { ReadBack } from './read-back.ts';
import { sendPosts } from './recorded-posts.ts';

/** A create of one token. */
export interface CreationRequest<Token> {
  readonly key: CreationKey | null;
  /** The draft and its user, compared if the key is used again. The caller has made null and absent values equal. */
  readonly input: unknown;
  /** The operation's signal. It ends the waiting for an earlier call, but never a POST. */
  readonly signal: AbortSignal;
  /** Makes the POST. Its error says whether the POST may have arrived. */
  readonly send: () => Promise<Token>;
  /** Looks for the tokens that a POST sent at this time (milliseconds since 1970) may have created. See readBackCreated. */
  readonly readBack: (sentAtMs: number) => Promise<ReadBack<Token>>;
  /** Reads the token of an earlier call with the same key. */
  readonly readAgain: (id: TokenId) => Promise<Token>;
}

export interface Creation<Token> {
  readonly token: Token;
  /** Whether the token is that of an earlier call with the same key. */
  readonly replayed: boolean;
}

/**
 * Creates a token at most once. Throws
 * - the error of `send` if the POST surely had no effect,
 * - OutcomeUnknownError if an effect can be neither found nor ruled out,
 * - IdempotencyConflictError if the key was used with another input,
 * - UpstreamUnavailableError if the records cannot be reached; nothing was sent then,
 * - the error of `readAgain`.
 */
export type CreateOnce<Token> = (request: CreationRequest<Token>) => Promise<Creation<Token>>;

/** The created token. `token` is null if an earlier call created it, so it has to be read. */
interface TokenAnswer<Token> {
  readonly tokenId: TokenId;
  readonly token: Token | null;
}

/**
 * Finds the token of a POST whose answer was lost: the only new token that equals the draft. It can also be the
 * token of an equal call.
 */
const findLostToken = async <Token extends { readonly sourceId: TokenId }>(
  { readBack }: CreationRequest<Token>,
  sentAtMs: number,
  cause?: unknown,
): Promise<PostOutcome<TokenAnswer<Token>>> => {
  const unknown = (candidates: readonly Token[], reason: unknown) => ({
    state: 'unknown' as const,
    sentAtMs,
    error: new OutcomeUnknownError(
      "The API's answer was lost: the token may have been created. Look at the candidates and at the user's tokens " +
        'before creating another.',
      candidates,
      { cause: reason },
    ),
  });
  try {
    const { candidates, isComplete } = await readBack(sentAtMs);
    const [token, ...others] = candidates;
    return token !== undefined && others.length === 0 && isComplete
      ? { state: 'answered', tokenId: token.sourceId, token }
      : unknown(candidates, cause);
  } catch (reason) {
    return unknown([], reason);
  }
};

/** The progress of a create whose only POST has this outcome. */
const progressOf = (outcome: PostOutcome<TokenAnswer<unknown>> | undefined): TokenProgress => {
  if (outcome?.state === 'answered') return { state: 'done', tokenId: outcome.tokenId };
  if (outcome?.state === 'unknown') return { state: 'sent', sentAtMs: outcome.sentAtMs };
  return { state: 'reserved' };
};

/** Makes the only POST of a create, or finds the token of an earlier call. */
const sendOrFind = async <Token extends { readonly sourceId: TokenId }>(
  dependencies: CreationDependencies,
  request: CreationRequest<Token>,
  record: RecordName | null,
): Promise<TokenAnswer<Token> & { readonly replayed: boolean }> => {
  const readOutcome = async (progress: TokenProgress): Promise<PostOutcome<TokenAnswer<Token>>> => {
    if (progress.state === 'reserved') return unsent;
    if (progress.state === 'sent') return findLostToken(request, progress.sentAtMs);
    return { state: 'answered', tokenId: progress.tokenId, token: null };
  };
  const { outcomes, replayed } = await sendPosts<TokenProgress, TokenAnswer<Token>>(dependencies, {
    record,
    initial: { state: 'reserved' },
    readProgress: (progress) => (progress.state === 'bulk' ? null : progress),
    hasUnsent: ({ state }) => state === 'reserved',
    readOutcomes: async (progress) => [await readOutcome(progress)],
    progressOf: (_progress, [outcome]) => progressOf(outcome),
    signal: request.signal,
    send: async () => {
      const token = await request.send();
      return { tokenId: token.sourceId, token };
    },
    findLost: (...lost) => findLostToken(request, ...lost),
  });
  const [outcome] = outcomes;
  if (outcome?.state === 'answered') return { ...outcome, replayed };
  throw outcome?.error ?? new TypeError('A create ended without an outcome.');
};

/** Creates a CreateOnce. A process needs one, which shares equal calls. */
export const createTokenCreation = <Token extends { readonly sourceId: TokenId }>(
  dependencies: CreationDependencies,
): CreateOnce<Token> => {
  const share = createSharedWork<string, CreationRequest<Token>, Creation<Token>>({
    // A POST that was sent is waited for, even if the client is gone.
    starterLeaves: false,
    leaveError: stillRunningError,
  });
  return async (request) => {
    const { key } = request;
    const record = key && nameRecord(dependencies, key, request.input);
    const create = async (close?: () => void): Promise<Creation<Token>> => {
      const { tokenId, token, replayed } = await sendOrFind(dependencies, request, record);
      // A caller that joined later could have changed the token meanwhile. So no caller joins after this point.
      close?.();
      return { token: token ?? (await request.readAgain(tokenId)), replayed };
    };
    if (record === null) return create();
    let hasJoined = true;
    // Without the sharing, each of many equal calls would poll the store, and then read the token from the API.
    const { token, replayed } = await share(
      `${record.id} ${record.inputHash}`,
      request,
      ({ close }) => {
        hasJoined = false;
        return create(close);
      },
    );
    return { token, replayed: hasJoined || replayed };
  };
};
