import {
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { readAnswer } from '../applivery/payload.ts';
import type { Clock } from '../domain/clock.ts';
import type { Credential, Operation } from '../domain/operation.ts';
import { acceptedEncodings } from './body.ts';
import type { Dispatcher } from './dispatcher.ts';
import { describeFailure } from './failure-report.ts';
import { limits } from './limits.ts';
import type { RequestTarget, UpstreamRequest } from './request.ts';

const userAgent = 'enrollment-gateway';
const tracer = trace.getTracer(userAgent);

export interface AttemptOptions {
  readonly dispatcher: Dispatcher;
  /** Headers and body; cut to what is left of the operation. */
  readonly timeoutMs: number;
  /** Of the decompressed body. */
  readonly maxResponseBytes: number;
  /** Resolves in an iteration of the event loop of its own: what takes long is done one piece an iteration. */
  readonly takeTurn: () => Promise<void>;
  readonly clock: Clock;
}

/** A success as the API sent it. */
export interface Received {
  readonly payload: unknown;
  readonly status: number;
}

/** Sends a request once, tells the operation how it went, and resolves with what came. */
export type Attempt = (
  operation: Operation,
  request: UpstreamRequest,
  target: RequestTarget,
  credential: Credential,
) => Promise<Received>;

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

/**
 * The position in the trace and nothing else: what the caller's other systems put into `tracestate` and `baggage` is not
 * for the vendor.
 */
const traceHeadersOf = (span: Span): Readonly<Record<string, string>> => {
  const headers: Record<string, string> = {};
  propagation.inject(trace.setSpan(ROOT_CONTEXT, span), headers, {
    set: (carrier, name, value) => {
      if (name === 'traceparent') carrier[name] = value;
    },
  });
  return headers;
};

export const createAttempt =
  ({ dispatcher, timeoutMs, maxResponseBytes, takeTurn, clock }: AttemptOptions): Attempt =>
  async (operation, request, target, credential) => {
    const startedMs = clock.nowMs();
    const leftMs = operation.deadlineMs - startedMs;
    let status: number | null = null;
    // The template, never the path: ids stay out of traces, and credentials are in headers only.
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
        isCutShort: leftMs < timeoutMs,
        signal: operation.signal,
      });
      status = answer.status;
      if ((answer.body?.length ?? 0) > limits.answer.largeBytes) await takeTurn();
      const payload = await readAnswer(answer, request, maxResponseBytes, clock.epochMs());
      return { payload, status: answer.status };
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
