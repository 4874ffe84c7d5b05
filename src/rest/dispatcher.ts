import { Pool, type Dispatcher as Undici } from 'undici';
import type { Clock } from '../domain/clock.ts';
import { aborted, timedOut, unreachable } from './exchange-errors.ts';
import { connectThatSkipsInterim } from './interim-answers.ts';
import { isRead, type UpstreamRequest } from './request.ts';

/** Header fields by name, in lower case; a list where the field came more than once, whatever its name. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** The lines of a header field as one list (RFC 9110, section 5.3); '' if there is none. */
export const joinedHeader = (headers: AnswerHeaders, name: string): string =>
  [headers[name] ?? ''].flat().join(', ');

export interface WireAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** As it came, still encoded; null where it is larger than allowed or was cut off. */
  readonly body: Buffer | null;
}

export interface SendOptions {
  /** Below the base, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** From now to the last byte of the body. */
  readonly timeoutMs: number;
  /** Whether that is what is left of the operation, and less than an attempt may take. */
  readonly isCutShort: boolean;
  /** Stops a read at any time, a write only until it leaves. */
  readonly signal: AbortSignal;
}

/** Sends requests to one origin, over connections that are kept. */
export interface Dispatcher {
  /** Resolves with any answer; throws UpstreamUnavailableError where there is none. Redirects are not followed. */
  send(request: UpstreamRequest, options: SendOptions): Promise<WireAnswer>;
  /** Refuses new requests and resolves when those under way have ended. */
  close(): Promise<void>;
}

export interface DispatcherOptions {
  /** With the version, e.g. `https://api.applivery.io/v1`. */
  readonly baseUrl: string;
  /** Connections that may be open at once, each with one request. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** Bytes of a body as it came, before it is decompressed. */
  readonly maxResponseBytes: number;
  readonly clock: Clock;
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.name;

export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { clock, maxResponseBytes } = options;
  const base = new URL(options.baseUrl);
  const basePath = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: options.connections,
    pipelining: 1,
    connect: connectThatSkipsInterim(options.connectTimeoutMs),
    // Both are idle times: a dripping body passes them. The whole attempt has one timer, below.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const send = (
    request: UpstreamRequest,
    { path, headers: requestHeaders, timeoutMs, isCutShort, signal }: SendOptions,
  ): Promise<WireAnswer> =>
    new Promise((resolve, reject) => {
      let controller: Undici.DispatchController | null = null;
      let settled = false;
      let status = 0;
      let headers: AnswerHeaders = {};
      let size = 0;
      const chunks: Buffer[] = [];

      const settle = (finish: () => void): void => {
        if (settled) return;
        settled = true;
        cancelTimer();
        signal.removeEventListener('abort', onAbort);
        finish();
      };
      const cut = (error: Error): void => {
        settle(() => reject(error));
        controller?.abort(error);
      };
      const onAbort = (): void => cut(aborted(request, controller !== null, signal));
      const cancelTimer = clock.schedule(timeoutMs, () =>
        cut(timedOut(request, controller !== null, isCutShort)),
      );
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) {
        onAbort();
        return;
      }

      pool.dispatch(
        {
          method: request.method,
          path: basePath + path,
          headers: requestHeaders,
          body: request.body === undefined ? null : JSON.stringify(request.body),
        },
        {
          // Called just before the first byte is written: until then the request surely did not leave.
          onRequestStart: (started) => {
            if (settled) {
              started.abort(new Error('given up before it was sent'));
              return;
            }
            controller = started;
            if (!isRead(request)) signal.removeEventListener('abort', onAbort);
          },
          onResponseStart: (started, code, fields) => {
            status = code;
            headers = fields;
            if (Number(fields['content-length'] ?? 0) > maxResponseBytes) {
              settle(() => resolve({ status, headers, body: null }));
              started.abort(new Error('answer larger than allowed'));
            }
          },
          onResponseData: (started, chunk) => {
            size += chunk.length;
            if (size <= maxResponseBytes) {
              chunks.push(chunk);
              return;
            }
            settle(() => resolve({ status, headers, body: null }));
            started.abort(new Error('answer larger than allowed'));
          },
          onResponseEnd: () =>
            settle(() => resolve({ status, headers, body: Buffer.concat(chunks, size) })),
          onResponseError: (_controller, error) =>
            settle(() => {
              // A refusal whose body broke off is still a refusal; its status says enough.
              if (status >= 300) resolve({ status, headers, body: null });
              else reject(unreachable(request, controller !== null, codeOf(error)));
            }),
        },
      );
    });

  return { send, close: () => pool.close() };
};
