import type { z } from 'zod';
import { UnauthenticatedError } from '../tokens/errors.ts';
import type { Credential, Operation } from '../tokens/ports.ts';
import { acceptedEncodings, readBody } from './body.ts';
import { type Clock, systemClock } from './clock.ts';
import { createDispatcher, type WireAnswer } from './dispatcher.ts';
import { isSuccess, readData, readFailure } from './envelope.ts';
import { aborted, contractBroken, parseRetryAfter, timedOut, toError } from './failures.ts';
import { type RequestTarget, targetOf, type UpstreamRequest } from './request.ts';

export type { UpstreamRequest } from './request.ts';

/** One exchange with the REST API, done well. */
export interface Transport {
  /**
   * Sends a request and returns the envelope's `data`, parsed by the schema. Throws the errors of tokens/errors.ts.
   */
  exchange<Data>(
    operation: Operation,
    request: UpstreamRequest,
    schema: z.ZodType<Data>,
  ): Promise<Data>;
}

export interface TransportOptions {
  /** With the version, e.g. `https://api.applivery.io/v1`. */
  readonly baseUrl: string;
  /** One attempt, headers and body; cut to what is left of the operation. */
  readonly upstreamTimeoutMs: number;
  /** Calls in flight at once. */
  readonly concurrency: number;
  /** Bytes of an answer, before and after decompression. Default: 16 MiB. */
  readonly maxResponseBytes?: number;
  readonly clock?: Clock;
}

const defaultMaxResponseBytes = 16 * 1024 * 1024;
const longestConnectMs = 5_000;
const userAgent = 'enrollment-gateway';

/** A transport over one pool of connections to the API; `close` resolves when the calls under way have ended. */
export const createTransport = (
  options: TransportOptions,
): Transport & { close(): Promise<void> } => {
  const { clock = systemClock, maxResponseBytes = defaultMaxResponseBytes } = options;
  const dispatcher = createDispatcher({
    baseUrl: options.baseUrl,
    connections: options.concurrency,
    connectTimeoutMs: Math.min(options.upstreamTimeoutMs, longestConnectMs),
    maxResponseBytes,
    clock,
  });

  /** The payload of an answer; throws what a refusal means. */
  const read = async (answer: WireAnswer, request: UpstreamRequest): Promise<unknown> => {
    const { status } = answer;
    const body = await readBody(answer, maxResponseBytes);
    const content = body.kind === 'json' ? body.value : undefined;
    if (status >= 200 && status < 300) {
      if (body.kind === 'unreadable') throw contractBroken(request, new Error(body.why));
      if (isSuccess(content)) return readData(content);
    }
    const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], clock.epochMs());
    const failure = readFailure(content);
    throw toError({ ...failure, status: status < 300 ? null : status, retryAfterMs }, request);
  };

  /** One attempt, reported to the operation as it went. */
  const attempt = async (
    operation: Operation,
    request: UpstreamRequest,
    target: RequestTarget,
    credential: Credential,
  ): Promise<WireAnswer> => {
    if (operation.signal.aborted) throw aborted(request, false);
    const startedMs = clock.nowMs();
    const timeoutMs = Math.min(options.upstreamTimeoutMs, operation.deadlineMs - startedMs);
    if (timeoutMs <= 0) throw timedOut(request, false);
    let status: number | null = null;
    try {
      const answer = await dispatcher.send(request, {
        path: target.path,
        headers: headersOf(credential, request),
        timeoutMs,
        signal: operation.signal,
      });
      status = answer.status;
      return answer;
    } finally {
      operation.onCall({
        method: request.method,
        path: target.label,
        status,
        durationMs: clock.nowMs() - startedMs,
        cause: operation.cause,
      });
    }
  };

  return {
    exchange: async (operation, request, schema) => {
      const credential = operation.credential;
      if (!isHeaderValue(credential)) {
        throw new UnauthenticatedError('The credential holds characters that no header can carry.');
      }
      const target = targetOf(request);
      const answer = await attempt(operation, request, target, credential);
      const parsed = schema.safeParse(await read(answer, request));
      if (!parsed.success) throw contractBroken(request, parsed.error);
      return parsed.data;
    },
    close: () => dispatcher.close(),
  };
};

const isHeaderValue = (value: string): boolean => /^[\x21-\x7e][\x20-\x7e]*$/.test(value);

const headersOf = (
  credential: Credential,
  request: UpstreamRequest,
): Readonly<Record<string, string>> => ({
  authorization: credential,
  accept: 'application/json',
  'accept-encoding': acceptedEncodings,
  'user-agent': userAgent,
  ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
});
