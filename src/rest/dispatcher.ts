import { Pool, type Dispatcher as Undici } from 'undici';
import type { Clock } from '../domain/clock.ts';
import { createAbortError, createTimeoutError, createUnreachableError } from './exchange-errors.ts';
import { createConnector } from './interim-answers.ts';
import { isRead, type UpstreamRequest } from './request.ts';

/** Header fields by their name in lower case. The value is a list if the field came more than once. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An answer as it was received. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** The compressed bytes; null if the body is larger than allowed or incomplete. */
  readonly body: Buffer | null;
}

/** The options of one send. */
export interface DispatchOptions {
  /** The path below the base URL, with the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Bounds the time from now to the last byte of the body. */
  readonly timeoutMs: number;
  /** Whether `timeoutMs` ends at the operation's deadline, before the timeout of an attempt. */
  readonly isOperationDeadline: boolean;
  /** Ends a read at any time, and a write only until it is sent. */
  readonly signal: AbortSignal;
}

/** Sends requests to one origin over a pool of kept-alive connections. */
export interface Dispatcher {
  /** Resolves with any answer. Throws UpstreamUnavailableError if there is none. Redirects are not followed. */
  send(request: UpstreamRequest, options: DispatchOptions): Promise<WireAnswer>;
  /** Refuses new requests. Resolves when the requests in progress have ended. */
  close(): Promise<void>;
}

export interface DispatcherOptions {
  /** With the version, e.g. `https://api.example.com/v1`. */
  readonly baseUrl: string;
  /** The most connections at once. Each carries one request at a time. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** Bounds a body before it is decompressed. */
  readonly maxResponseBytes: number;
  readonly clock: Clock;
}

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : error.name;

/** Creates the connection pool for a base URL. Connections are opened when they are needed. */
export const createDispatcher = (options: DispatcherOptions): Dispatcher => {
  const { clock, maxResponseBytes } = options;
  const base = new URL(options.baseUrl);
  const basePath = base.pathname.replace(/\/+$/, '');
  const pool = new Pool(base.origin, {
    connections: options.connections,
    pipelining: 1,
    connect: createConnector(options.connectTimeoutMs),
    // Both bound idle time only, so a slow body never reaches them. One timer bounds the whole attempt instead.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const send = (
    request: UpstreamRequest,
    { path, headers: requestHeaders, timeoutMs, isOperationDeadline, signal }: DispatchOptions,
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
      const fail = (error: Error): void => {
        settle(() => reject(error));
        controller?.abort(error);
      };
      const onAbort = (): void => fail(createAbortError(request, controller !== null, signal));
      const cancelTimer = clock.schedule(timeoutMs, () =>
        fail(createTimeoutError(request, controller !== null, isOperationDeadline)),
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
          // Called just before the first byte is written. Until then the request was not sent.
          onRequestStart: (started) => {
            if (settled) {
              started.abort(new Error('ended before it was sent'));
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
              // A failed answer with an incomplete body still counts as that answer: its status is enough.
              if (status >= 300) resolve({ status, headers, body: null });
              else reject(createUnreachableError(request, controller !== null, codeOf(error)));
            }),
        },
      );
    });

  return { send, close: () => pool.close() };
};
