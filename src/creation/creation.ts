import { canonicalText } from '../domain/canonical-input.ts';
import type { TokenProgress } from '../domain/creation-record.ts';
import { OutcomeUnknownError, surelyHadNoEffect } from '../domain/errors.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { TokenId } from '../domain/token.ts';
import { createSharedWork } from '../sharing/shared-work.ts';
import { type CreationDependencies, claimCreation, stillRunningError } from './creation-claim.ts';
import type { ReadBack } from './read-back.ts';

/** An idempotency key and its scope: one caller, one organization and one mutation. */
export interface CreationKey {
  /** In `passthrough` mode the credential, in `service` mode the issuer and subject of the JWT. Only its hash is stored. */
  readonly caller: string;
  readonly organizationId: OrganizationId;
  readonly mutation: string;
  readonly idempotencyKey: string;
}

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

/** The id of a key's record. The store never sees the key itself. */
export const hashKey = (dependencies: CreationDependencies, key: CreationKey): string =>
  dependencies.hash(
    canonicalText([key.caller, key.organizationId, key.mutation, key.idempotencyKey]),
  );

/**
 * Finds the token of a POST whose answer was lost: the only new token that equals the draft. It can also be the
 * token of an equal call.
 */
const findLostToken = async <Token>(
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
  if (only === undefined || others.length > 0 || !found.isComplete) {
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
    return findLostToken(request, sentAtMs, error);
  }
};

/** The outcome of a create with a key. `token` is null if an earlier call created it, so it has to be read. */
interface RecordedCreation<Token> {
  readonly tokenId: TokenId;
  readonly token: Token | null;
  readonly replayed: boolean;
}

/**
 * Creates a token and records how far the create came. The states of the record are reserved (nothing was sent), sent
 * (stored just before the POST is sent) and done (with the token's id). If the POST had no effect, the record is
 * removed. If the outcome stays unknown, or the process dies after the POST, the record stays in the state sent. Later
 * calls then look for the token and never send again.
 */
const createWithRecord = async <Token extends { readonly sourceId: TokenId }>(
  dependencies: CreationDependencies,
  request: CreationRequest<Token>,
  id: string,
  inputHash: string,
): Promise<RecordedCreation<Token>> => {
  for (;;) {
    const claim = await claimCreation<TokenProgress>(dependencies, {
      id,
      inputHash,
      initial: { state: 'reserved' },
      readProgress: (progress) => (progress.state === 'bulk' ? null : progress),
      hasUnsent: ({ state }) => state === 'reserved',
      signal: request.signal,
    });
    const { progress } = claim;
    if (progress.state === 'done') {
      return { tokenId: progress.tokenId, token: null, replayed: true };
    }
    if (progress.state === 'sent') {
      const token = await findLostToken(request, progress.sentAtMs);
      await claim.release({ state: 'done', tokenId: token.sourceId });
      return { tokenId: token.sourceId, token, replayed: true };
    }

    const sentAtMs = dependencies.clock.epochMs();
    const isStillOwned = await claim.save({ state: 'sent', sentAtMs }).catch(async (error) => {
      await claim.release(null);
      throw error;
    });
    if (!isStillOwned) continue;

    const token = await sendOrFind(request, sentAtMs).catch(async (error) => {
      await claim.release(surelyHadNoEffect(error) ? null : { state: 'sent', sentAtMs });
      throw error;
    });
    await claim.release({ state: 'done', tokenId: token.sourceId });
    return { tokenId: token.sourceId, token, replayed: false };
  }
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
    if (key === null) {
      return { token: await sendOrFind(request, dependencies.clock.epochMs()), replayed: false };
    }
    const id = hashKey(dependencies, key);
    const inputHash = dependencies.hash(canonicalText(request.input));
    let hasJoined = true;
    // Without the sharing, each of many equal calls would poll the store, and then read the token from the API.
    const creation = await share(`${id} ${inputHash}`, request, async ({ close }) => {
      hasJoined = false;
      const { tokenId, token, replayed } = await createWithRecord(
        dependencies,
        request,
        id,
        inputHash,
      );
      // A caller that joined later could have changed the token meanwhile. So no caller joins after this point.
      close();
      return { token: token ?? (await request.readAgain(tokenId)), replayed };
    });
    return { token: creation.token, replayed: hasJoined || creation.replayed };
  };
};
