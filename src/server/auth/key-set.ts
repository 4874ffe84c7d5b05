import { setTimeout as delay } from 'node:timers/promises';
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';

/** The issuer's keys could not be read, so a token can be neither accepted nor refused. */
export class KeySetUnavailableError extends Error {
  override readonly name = 'KeySetUnavailableError';
}

/** In milliseconds. */
export interface KeySetTimes {
  /** Limit of one download, headers and body. */
  readonly download: number;
  /** Keys older than this are still used, and read again in the background. */
  readonly maxAge: number;
  /** Pause after a download while keys are known, whatever tokens ask for. */
  readonly cooldown: number;
  /** Pause after a download that failed while no keys are known. */
  readonly retry: number;
  /** How long tokens wait for a download after one that failed. */
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
  /** Told of each download that failed. */
  readonly onFailure: (cause: unknown) => void;
  readonly times?: KeySetTimes;
}

const maxKeySetBytes = 1024 * 1024;

/** Like fetch, but gives up on an answer that is too large for a key set. */
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
 * Finds the key of a token in the issuer's key set. One download serves all who wait for it. Once keys are known, a
 * token of a known key never waits; a token of an unknown key waits for at most one download in each cooldown. Throws
 * KeySetUnavailableError if no keys are known, or if the key is unknown and the last download failed; else what jose
 * throws.
 */
export const createKeySet = (
  url: string,
  { nowMs, onFailure, times = keySetTimes }: KeySetOptions,
): JWTVerifyGetKey => {
  // jose downloads and matches. Its own refresh lets each caller wait for a hanging endpoint: it is turned off.
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

  /** Begins a download if one is due. Resolves when it has ended, or when nobody should wait for it any longer. */
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
