import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { GatewayContext } from '../graphql/context.ts';
import type { SavingCause, UpstreamCall } from '../tokens/ports.ts';

/** Names are chosen by clients: so many are told apart, the rest is counted together. */
const mostOperationNames = 200;
const anonymous = '(anonymous)';
const otherNames = '(other)';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];

/** What the transport did of its own accord. */
export type TransportEvent =
  | { readonly kind: 'retry'; readonly circuit: string }
  | { readonly kind: 'refusal'; readonly circuit: string; readonly by: string }
  | { readonly kind: 'circuit'; readonly circuit: string; readonly isOpen: boolean };

/** The gateway's Prometheus metrics; each instance of the gateway has its own. Labels are bounded and hold no secret. */
export interface Metrics {
  readonly onCall: (call: UpstreamCall) => void;
  readonly onSaved: (cause: SavingCause, calls: number) => void;
  readonly onTransportEvent: (event: TransportEvent) => void;
  readonly onSurprise: (kind: string) => void;
  readonly onScan: (items: number) => void;
  readonly onOperation: (
    name: string | undefined,
    kind: string,
    code: string,
    durationS: number,
  ) => void;
  readonly render: () => Promise<{ readonly type: string; readonly text: string }>;
}

export interface MetricsSources {
  /** Upstream calls that run, and that wait for a slot. */
  readonly load: () => { readonly running: number; readonly waiting: number };
}

const outcomeOf = (status: number | null): string => (status === null ? 'none' : String(status));

/** The endpoint's template: the path without its query. */
const endpointOf = (path: string): string => path.split('?', 1)[0] ?? path;

const boundedNames = () => {
  const known = new Set<string>();
  return (name: string | undefined): string => {
    if (name === undefined) return anonymous;
    if (!known.has(name) && known.size >= mostOperationNames) return otherNames;
    known.add(name);
    return name;
  };
};

export const createMetrics = ({ load }: MetricsSources): Metrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'gateway_' });
  const nameOf = boundedNames();
  const operations = new Counter({
    name: 'gateway_operations_total',
    help: 'GraphQL operations, by name, kind and outcome (OK or the first error code).',
    labelNames: ['operation', 'kind', 'outcome'],
    registers,
  });
  const operationSeconds = new Histogram({
    name: 'gateway_operation_duration_seconds',
    help: 'How long operations took to execute.',
    labelNames: ['kind'],
    buckets: seconds,
    registers,
  });
  const calls = new Counter({
    name: 'gateway_upstream_calls_total',
    help: 'Upstream attempts, by endpoint template, status (none: no answer) and cause.',
    labelNames: ['method', 'endpoint', 'status', 'cause'],
    registers,
  });
  const callSeconds = new Histogram({
    name: 'gateway_upstream_call_duration_seconds',
    help: 'How long upstream attempts took.',
    labelNames: ['method', 'endpoint'],
    buckets: seconds,
    registers,
  });
  const saved = new Counter({
    name: 'gateway_upstream_calls_saved_total',
    help: 'Upstream calls that were not needed, by what spared them.',
    labelNames: ['by'],
    registers,
  });
  const retries = new Counter({
    name: 'gateway_upstream_retries_total',
    help: 'Upstream attempts that repeated a failed one.',
    labelNames: ['circuit'],
    registers,
  });
  const refusals = new Counter({
    name: 'gateway_upstream_refusals_total',
    help: 'Upstream calls that the gateway did not send: open circuit, full queue, used-up quota.',
    labelNames: ['circuit', 'by'],
    registers,
  });
  const circuits = new Gauge({
    name: 'gateway_circuit_open',
    help: '1 while the circuit breaker of a platform is open.',
    labelNames: ['circuit'],
    registers,
  });
  const surprises = new Counter({
    name: 'gateway_upstream_surprises_total',
    help: 'Oddities in the answers of the API that were tolerated.',
    labelNames: ['kind'],
    registers,
  });
  const scanned = new Counter({
    name: 'gateway_scanned_items_total',
    help: 'Upstream items that connections read, shown or not.',
    registers,
  });
  new Gauge({
    name: 'gateway_upstream_running',
    help: 'Upstream calls in flight.',
    registers,
    collect() {
      this.set(load().running);
    },
  });
  new Gauge({
    name: 'gateway_upstream_waiting',
    help: 'Upstream calls that wait for a slot.',
    registers,
    collect() {
      this.set(load().waiting);
    },
  });
  return {
    onCall: ({ method, path, status, durationMs, cause }) => {
      const endpoint = endpointOf(path);
      calls.inc({ method, endpoint, status: outcomeOf(status), cause });
      callSeconds.observe({ method, endpoint }, durationMs / 1000);
    },
    onSaved: (by, count) => saved.inc({ by }, count),
    onTransportEvent: (event) => {
      const { circuit } = event;
      if (event.kind === 'retry') retries.inc({ circuit });
      else if (event.kind === 'refusal') refusals.inc({ circuit, by: event.by });
      else circuits.set({ circuit }, event.isOpen ? 1 : 0);
    },
    onSurprise: (kind) => surprises.inc({ kind }),
    onScan: (items) => scanned.inc(items),
    onOperation: (name, kind, outcome, durationS) => {
      operations.inc({ operation: nameOf(name), kind, outcome });
      operationSeconds.observe({ kind }, durationS);
    },
    render: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
};

/** Counts operations, and answers `/metrics`. */
export const useMetrics = (metrics: Metrics): Plugin<GatewayContext> => ({
  onRequest: async ({ url, endResponse, fetchAPI }) => {
    if (url.pathname !== '/metrics') return;
    const { type, text } = await metrics.render();
    endResponse(
      new fetchAPI.Response(text, {
        headers: { 'content-type': type, 'cache-control': 'no-store' },
      }),
    );
  },
  onExecute: ({ args }) => {
    const startedMs = performance.now();
    const operation = getOperationAST(args.document, args.operationName);
    return {
      onExecuteDone: ({ result }) => {
        const errors = 'errors' in result ? (result.errors ?? []) : [];
        const code = errors[0]?.extensions['code'];
        metrics.onOperation(
          operation?.name?.value,
          operation?.operation ?? 'unknown',
          errors.length === 0 ? 'OK' : typeof code === 'string' ? code : 'ERROR',
          (performance.now() - startedMs) / 1000,
        );
      },
    };
  },
});
