import { canonicalText } from '../domain/canonical-input.ts';
import type { TokenProgress } from '../domain/creation-record.ts';
import { OutcomeUnknownError, surelyHadNoEffect } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { TokenId } from '../domain/token.ts';
import { createSharedRuns } from '../sharing/shared-run.ts';
import { type CreationMeans, claimCreation } from './creation-claim.ts';
import type { ReadBack } from './read-back.ts';

/** What an idempotency key counts for: one caller, organization and mutation. */
export interface CreationKey {
  /** The caller's credential in `passthrough`, the JWT's issuer and subject in `service`; it is only ever hashed. */
  readonly caller: string;
  readonly organizationId: OrganizationId;
  readonly mutation: string;
  readonly idempotencyKey: string;
}

/** One create of one token. */
export interface CreationRequest<Token> {
  readonly key: CreationKey | null;
  /** What is compared where a key comes again: the draft and whom it is for. Null and absent are already one in it. */
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

/** Names a key's record in the store, which never learns the key. */
export const hashKey = (means: CreationMeans, key: CreationKey): string =>
  means.hash(canonicalText([key.caller, key.organizationId, key.mutation, key.idempotencyKey]));

/** The token that a lost POST made: the only new one that equals the draft. It may still be an equal call's. */
const findLost = async <Token>(
  request: CreationRequest<Token>,
  sentAtMs: number,
  cause?: unknown,
): Promise<Token> => {
  const unknown = (candidates: readonly Token[], reason: unknown) =>
    new OutcomeUnknownError(
      "The API's answer was lost: the token may have been created. Look at the candidates and at the user's tokens " +
        'before creating another.',
      candidates,
      { cause: reason },
    );
  const found = await request.readBack(sentAtMs).catch((reason: unknown) => {
    throw unknown([], reason);
  });
  const [only, ...others] = found.candidates;
  if (only === undefined || others.length > 0 || !found.complete) {
    throw unknown(found.candidates, cause);
  }
  return only;
};

const sendOrFind = async <Token>(
  request: CreationRequest<Token>,
  sentAtMs: number,
): Promise<Token> => {
  try {
    return await request.send();
  } catch (error) {
    if (surelyHadNoEffect(error)) throw error;
    return findLost(request, sentAtMs, error);
  }
};

/** How a create with a key stands: `token` is null where an earlier call made it and it has to be read. */
interface Settled<Token> {
  readonly tokenId: TokenId;
  readonly token: Token | null;
  readonly replayed: boolean;
}

/**
 * The life of a record: reserved (nothing left yet), sent (written just before the POST leaves), done (with the
 * token's id). An outcome without effect removes it. One that stays unknown leaves it sent, and so does a process that
 * dies after the send; later calls then look for the token and never send.
 */
const settle = async <Token extends { readonly sourceId: TokenId }>(
  means: CreationMeans,
  request: CreationRequest<Token>,
  id: string,
  inputHash: string,
): Promise<Settled<Token>> => {
  for (;;) {
    const claim = await claimCreation<TokenProgress>(means, {
      id,
      inputHash,
      first: { state: 'reserved' },
      narrow: (progress) => (progress.state === 'bulk' ? null : progress),
      canGoOn: ({ state }) => state === 'reserved',
      signal: request.signal,
    });
    const { progress } = claim;
    if (progress.state === 'done') {
      return { tokenId: progress.tokenId, token: null, replayed: true };
    }
    if (progress.state === 'sent') {
      const token = await findLost(request, progress.sentAtMs);
      await claim.finish({ state: 'done', tokenId: token.sourceId });
      return { tokenId: token.sourceId, token, replayed: true };
    }

    const sentAtMs = means.clock.epochMs();
    const isStillOurs = await claim.keep({ state: 'sent', sentAtMs }).catch(async (error) => {
      await claim.finish(null);
      throw error;
    });
    if (!isStillOurs) continue;

    const token = await sendOrFind(request, sentAtMs).catch(async (error) => {
      await claim.finish(surelyHadNoEffect(error) ? null : { state: 'sent', sentAtMs });
      throw error;
    });
    await claim.finish({ state: 'done', tokenId: token.sourceId });
    return { tokenId: token.sourceId, token, replayed: false };
  }
};

/** Makes a CreateOnce; a process needs but one. */
export const createTokenCreation = <Token extends { readonly sourceId: TokenId }>(
  means: CreationMeans,
): CreateOnce<Token> => {
  const share = createSharedRuns<Creation<Token>>();
  return async (request) => {
    const { key, signal } = request;
    if (key === null) {
      return { token: await sendOrFind(request, means.clock.epochMs()), replayed: false };
    }
    const id = hashKey(means, key);
    const inputHash = means.hash(canonicalText(request.input));
    // Without this, a thousand equal calls would each ask the store again and again, and then the API for the token.
    const { result, joined } = await share(`${id} ${inputHash}`, signal, async (close) => {
      const { tokenId, token, replayed } = await settle(means, request, id, inputHash);
      // Who calls from here on could have changed the token meanwhile: it reads for itself.
      close();
      return { token: token ?? (await request.readAgain(tokenId)), replayed };
    });
    return { token: result.token, replayed: joined || result.replayed };
  };
};
