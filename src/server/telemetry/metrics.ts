import type { Plugin } from 'graphql-yoga';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { SavingCause, UpstreamCall } from '../../domain/operation.ts';
import type { TransportEvent, TransportLoad } from '../../domain/transport-event.ts';
import type { AuditEntry } from '../../graphql/context.ts';
import { copyText } from '../text-copy.ts';
import { type ChangeMetrics, createChangeMetrics, type Followed } from './change-metrics.ts';
import type { OperationReport } from './operation-report.ts';
import { createSocketMetrics, type SocketMetrics } from './socket-metrics.ts';

/** Limit of different labels for operations and for organizations. Clients choose these names; the rest shares one label. */
const maxNames = 200;
const anonymous = '(anonymous)';
const otherNames = '(other)';

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30];

/** The gateway's Prometheus metrics; each instance of the gateway has its own. Labels are bounded and hold no secret. */
export interface Metrics extends ChangeMetrics, SocketMetrics {
  readonly onCall: (call: UpstreamCall) => void;
  readonly onSaved: (cause: SavingCause, calls: number) => void;
  readonly onTransportEvent: (event: TransportEvent) => void;
  readonly onSurprise: (kind: string) => void;
  readonly onScan: (items: number) => void;
  readonly onOperation: (operation: OperationReport) => void;
  readonly onMutation: (entry: AuditEntry) => void;
  readonly render: () => Promise<{ readonly type: string; readonly text: string }>;
}

export interface MetricsSources {
  readonly load: () => TransportLoad;
  readonly waitingOperations: () => number;
  readonly followed: () => Followed;
  /** Whether Redis works; null if none is configured. */
  readonly isStoreUp: () => boolean | null;
  /** The number of failures of Redis, by kind. */
  readonly storeFailures: ReadonlyMap<string, number>;
  readonly logFailures: () => number;
}

/** The endpoint's template: the path without its query. */
const endpointOf = (path: string): string => path.split('?', 1)[0] ?? path;

/** Maps names to labels. A new name gets its own label only if `mayAddLabel` is true and fewer than 200 exist. */
const boundedNames = () => {
  const labels = new Map<string, string>();
  return (name: string | null, mayAddLabel: boolean): string => {
    if (name === null) return anonymous;
    const known = labels.get(name);
    if (known !== undefined) return known;
    if (!mayAddLabel || labels.size >= maxNames) return otherNames;
    const label = copyText(name);
    labels.set(label, label);
    return label;
  };
};

export const createMetrics = (sources: MetricsSources): Metrics => {
  const { load, waitingOperations, followed, isStoreUp, storeFailures, logFailures } = sources;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'gateway_' });
  const nameOf = boundedNames();
  const organizationOf = boundedNames();
  const operations = new Counter({
    name: 'gateway_operations_total',
    help: 'GraphQL operations, by name, kind (none: refused before it ran) and outcome (OK or the first error code).',
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
  const mutations = new Counter({
    name: 'gateway_mutations_total',
    help: 'Mutations, by name and outcome (OK or the code of the first error, user errors included).',
    labelNames: ['mutation', 'outcome', 'replayed'],
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
    help: 'Upstream calls that were saved, by the reason.',
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
  const quotaLeft = new Gauge({
    name: 'gateway_quota_left',
    help: 'Requests that the quota of an organization still allowed at once after the last one was admitted or refused.',
    labelNames: ['organization'],
    registers,
  });
  const surprises = new Counter({
    name: 'gateway_upstream_surprises_total',
    help: 'Tolerated deviations of the API from its documents.',
    labelNames: ['kind'],
    registers,
  });
  const scanned = new Counter({
    name: 'gateway_scanned_items_total',
    help: 'Upstream items that connections read, returned or not.',
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
  new Gauge({
    name: 'gateway_operations_waiting',
    help: 'Operations that wait to start.',
    registers,
    collect() {
      this.set(waitingOperations());
    },
  });
  new Counter({
    name: 'gateway_log_failures_total',
    help: 'Log lines that were lost because the disk is full or the pipe is not read.',
    registers,
    collect() {
      this.reset();
      this.inc(logFailures());
    },
  });
  const storeUp = isStoreUp();
  if (storeUp !== null) {
    new Gauge({
      name: 'gateway_redis_up',
      help: '1 if the last write to Redis worked. Absent if Redis is not configured.',
      registers,
      collect() {
        this.set(isStoreUp() === true ? 1 : 0);
      },
    });
    new Counter({
      name: 'gateway_redis_failures_total',
      help: 'Commands and connections to Redis that failed, by kind.',
      labelNames: ['kind'],
      registers,
      collect() {
        this.reset();
        for (const [kind, count] of storeFailures) this.inc({ kind }, count);
      },
    });
  }
  return {
    onCall: ({ method, path, status, durationMs, cause }) => {
      const endpoint = endpointOf(path);
      calls.inc({ method, endpoint, status: String(status ?? 'none'), cause });
      callSeconds.observe({ method, endpoint }, durationMs / 1000);
    },
    onSaved: (by, count) => saved.inc({ by }, count),
    onTransportEvent: (event) => {
      switch (event.kind) {
        case 'retry':
          retries.inc({ circuit: event.circuit });
          break;
        case 'refusal':
          refusals.inc({ circuit: event.circuit, by: event.by });
          break;
        case 'circuit':
          circuits.set({ circuit: event.circuit }, event.isOpen ? 1 : 0);
          break;
        case 'quota':
          quotaLeft.set({ organization: organizationOf(event.organizationId, true) }, event.left);
          break;
        default:
          event satisfies never;
      }
    },
    onSurprise: (kind) => surprises.inc({ kind }),
    onScan: (items) => scanned.inc(items),
    onOperation: ({ name, isAuthenticated, kind, outcome, durationMs }) => {
      operations.inc({ operation: nameOf(name, isAuthenticated), kind, outcome });
      // The stream of a subscription lasts until its client leaves.
      if (kind !== 'none' && kind !== 'subscription')
        operationSeconds.observe({ kind }, durationMs / 1000);
    },
    onMutation: ({ mutation, outcome, replayed }) =>
      mutations.inc({ mutation, outcome, replayed: String(replayed) }),
    ...createChangeMetrics(registers, followed),
    ...createSocketMetrics(registers),
    render: async () => ({ type: registry.contentType, text: await registry.metrics() }),
  };
};

/** Answers `/metrics`. */
export const useMetrics = (metrics: Metrics): Plugin => ({
  onRequest: async ({ url, endResponse, fetchAPI }) => {
    if (url.pathname !== '/metrics') return;
    const { type, text } = await metrics.render();
    endResponse(
      new fetchAPI.Response(text, {
        headers: { 'content-type': type, 'cache-control': 'no-store' },
      }),
    );
  },
});
