import {
  context,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';
import { labelOperation } from './operation-name.ts';
import { outcomeOf } from './operation-report.ts';

const tracer = trace.getTracer('enrollment-gateway');

/**
 * Starts to send traces to an OpenTelemetry collector (OTLP over HTTP; `/v1/traces` below the endpoint). Resolves with the
 * function that flushes them at the end. Until it is called, every span is a no-op.
 */
export const startTracing = async (endpoint: string): Promise<() => Promise<void>> => {
  const { startTraceExport } = await import('./trace-export.ts');
  return startTraceExport(`${endpoint.replace(/\/+$/, '')}/v1/traces`);
};

/** Starts work that goes on after the operation that starts it, and serves others too: its calls are in no caller's trace. */
export const outsideTraces = <Result>(start: () => Result): Result =>
  context.with(ROOT_CONTEXT, start);

/** Records one span for each operation, as a child of the caller's `traceparent`. It contains no arguments or variables. */
export const useTracing = (): Plugin<GatewayContext> => ({
  onExecute: ({ args, executeFn, setExecuteFn }) => {
    const { request, requestId } = args.contextValue;
    const { name, kind: knownKind } = labelOperation(args);
    const kind = knownKind ?? 'unknown';
    // `tracestate` is not read: it would be exported with each span.
    const parent = propagation.extract(context.active(), {
      traceparent: request.headers.get('traceparent') ?? undefined,
    });
    const span = tracer.startSpan(
      name === null ? kind : `${kind} ${name}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'graphql.operation.type': kind,
          'gateway.request_id': requestId,
          ...(name !== null && { 'graphql.operation.name': name }),
        },
      },
      parent,
    );
    const active = trace.setSpan(parent, span);
    setExecuteFn((given) => context.with(active, () => executeFn(given)));
    return {
      onExecuteDone: ({ result }) => {
        const outcome = outcomeOf(result);
        if (outcome !== 'OK') span.setStatus({ code: SpanStatusCode.ERROR, message: outcome });
        span.end();
      },
    };
  },
});
