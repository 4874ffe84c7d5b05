import { setTimeout as delay } from 'node:timers/promises';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';

/** The issuer's keys cannot be read, so a token can be neither accepted nor refused. */
export class KeySetUnavailableError extends Error {
  override readonly name = 'KeySetUnavailableError';
}

/** Times of the downloads, in milliseconds. */
export interface KeySetTimes {
  /** Limit of one download, including the body. */
  readonly download: number;
  /** Older keys are still used, and downloaded again in the background. */
  readonly maxAge: number;
  /** Pause after a download if keys are known. Unknown key ids do not shorten it. */
  readonly cooldown: number;
  /** Pause after a failed download if no keys are known. */
  readonly retry: number;
  /** After a failed download: how long a token waits for the next one. */
  readonly patience: number;
}

export const keySetTimes: KeySetTimes = {
  download: 5_000,
  maxAge: 600_000,
  cooldown: 30_000,
  retry: 2_000,
  patience: 1_000,
};

export interface KeySetOptions {
  readonly nowMs: () => number;
  readonly onFailure: (cause: unknown) => void;
  readonly times?: KeySetTimes;
}

const maxKeySetBytes = 1024 * 1024;

/** Like fetch, but throws if the answer is larger than 1 MiB. */
const fetchKeySet: FetchImplementation = async (url, options) => {
  const response = await fetch(url, options);
  if (response.status !== 200) {
    await response.body?.cancel();
    return response;
  }
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > maxKeySetBytes) throw new RangeError('The key set is larger than 1 MiB.');
    chunks.push(chunk);
  }
  return new Response(Buffer.concat(chunks));
};

/**
 * Finds the key of a token in the issuer's key set. All tokens that wait share one download. Once keys are known, a token
 * with a known key never waits; a token with an unknown key waits for at most one download in each cooldown. Throws
 * KeySetUnavailableError if no keys are known, or if the key is unknown and the last download failed. Throws jose's error
 * in all other cases.
 */
export const createKeySet = (
  url: string,
  { nowMs, onFailure, times = keySetTimes }: KeySetOptions,
): JWTVerifyGetKey => {
  // jose downloads and matches keys. Its own refresh is turned off: each token would wait for an endpoint that hangs.
  const remote = createRemoteJWKSet(new URL(url), {
    [customFetch]: fetchKeySet,
    timeoutDuration: times.download,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: Number.POSITIVE_INFINITY,
  });
  const state = { obtainedMs: -1, nextDownloadMs: 0, hasFailed: false };
  let wait: Promise<unknown> = Promise.resolve();

  const hasKeys = (): boolean => state.obtainedMs >= 0;

  const download = async (): Promise<void> => {
    try {
      await remote.reload();
      state.obtainedMs = nowMs();
      state.hasFailed = false;
    } catch (error) {
      state.hasFailed = true;
      onFailure(error);
    }
    state.nextDownloadMs = nowMs() + (hasKeys() ? times.cooldown : times.retry);
  };

  /** Starts a download if one is due. Resolves when it has ended, or when tokens should not wait for it any longer. */
  const refresh = (): Promise<unknown> => {
    if (!remote.reloading && nowMs() >= state.nextDownloadMs) {
      const { hasFailed } = state;
      const ended = download();
      wait = hasFailed
        ? Promise.race([ended, delay(times.patience, undefined, { ref: false })])
        : ended;
    }
    return wait;
  };

  return async (header, token) => {
    if (!hasKeys()) await refresh();
    else if (nowMs() - state.obtainedMs >= times.maxAge) void refresh();
    if (!hasKeys()) throw new KeySetUnavailableError('No keys of the issuer are known.');
    try {
      return await remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await refresh();
    try {
      return await remote(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || !state.hasFailed) throw error;
      throw new KeySetUnavailableError('The key may be newer than the last download.', {
        cause: error,
      });
    }
  };
};
