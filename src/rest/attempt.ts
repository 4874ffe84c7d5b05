import {
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Clock } from '../domain/clock.ts';
import type { Credential, Operation } from '../domain/operation.ts';
import { decodeAnswer, type ReadPayload } from './answer.ts';
import { acceptedEncodings } from './body.ts';
import type { Dispatcher } from './dispatcher.ts';
import { describeFailure } from './failure-report.ts';
import { limits } from './limits.ts';
import type { RequestTarget, UpstreamRequest } from './request.ts';

const userAgent = 'enrollment-gateway';
const tracer = trace.getTracer(userAgent);

export interface AttemptOptions {
  readonly dispatcher: Dispatcher;
  /** Bounds headers and body together. The operation's deadline can shorten it. */
  readonly timeoutMs: number;
  /** Bounds the decompressed body. */
  readonly maxResponseBytes: number;
  readonly readPayload: ReadPayload;
  /** Resolves in an iteration of the event loop that no other caller shares, so that large answers are parsed one by one. */
  readonly takeTurn: () => Promise<void>;
  readonly clock: Clock;
}

/** The payload of a success, before its schema parses it. */
export interface ReceivedPayload {
  readonly payload: unknown;
  readonly status: number;
}

/** Sends a request once and reports the call to the operation. Throws the error that a failed answer means. */
export type Attempt = (
  operation: Operation,
  request: UpstreamRequest,
  target: RequestTarget,
  credential: Credential,
) => Promise<ReceivedPayload>;

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

/** `traceparent` only: the API must not get what the caller's other systems put into `tracestate` and `baggage`. */
const traceHeadersOf = (span: Span): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(ROOT_CONTEXT, span), headers, {
    set: (carrier, name, value) => {
      if (name === 'traceparent') carrier[name] = value;
    },
  });
  return headers;
};

/** Returns the function that makes one attempt, with its trace span and its report to the operation. */
export const createAttempt =
  ({
    dispatcher,
    timeoutMs,
    maxResponseBytes,
    readPayload,
    takeTurn,
    clock,
  }: AttemptOptions): Attempt =>
  async (operation, request, target, credential) => {
    const startedMs = clock.nowMs();
    const leftMs = operation.deadlineMs - startedMs;
    let status: number | null = null;
    // The path's template keeps ids out of traces.
    const span = tracer.startSpan(`${request.method} ${request.path}`, {
      kind: SpanKind.CLIENT,
      attributes: {
        'http.request.method': request.method,
        'url.template': request.path,
        'gateway.cause': operation.cause,
      },
    });
    try {
      const answer = await dispatcher.send(request, {
        path: target.path,
        headers: { ...traceHeadersOf(span), ...headersOf(credential, request) },
        timeoutMs: Math.min(timeoutMs, leftMs),
        isOperationDeadline: leftMs < timeoutMs,
        signal: operation.signal,
      });
      status = answer.status;
      if ((answer.body?.length ?? 0) > limits.answer.largeBytes) await takeTurn();
      const decoded = await decodeAnswer(answer, maxResponseBytes, clock.epochMs());
      return { payload: readPayload(decoded, request), status: answer.status };
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      operation.onFailure?.(describeFailure(request, operation.cause, status, error));
      throw error;
    } finally {
      if (status !== null) span.setAttribute('http.response.status_code', status);
      span.end();
      operation.onCall({
        method: request.method,
        path: target.label,
        status,
        durationMs: clock.nowMs() - startedMs,
        cause: operation.cause,
      });
    }
  };
