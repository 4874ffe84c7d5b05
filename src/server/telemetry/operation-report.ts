import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';
import { isSingleResult } from '../execution/single-result.ts';
import { labelOperation } from './operation-name.ts';
import { requestIdOf } from './request-id.ts';

/** The outcome of one operation. */
export interface OperationReport {
  readonly requestId: string;
  /** A keyed hash of the caller's credential; null if there was none, or it was not read. */
  readonly caller: string | null;
  /** The client's name for it, cut at 100 characters; null if it has none. */
  readonly name: string | null;
  /** Whether the caller's credential is known to be accepted. */
  readonly isAuthenticated: boolean;
  /** `none`: it was refused before it ran, because it is not GraphQL, not valid or too large. */
  readonly kind: 'query' | 'mutation' | 'subscription' | 'none';
  /** OK, or the code of the first error. */
  readonly outcome: string;
  /** Those of a subscription's events are included. */
  readonly upstreamCalls: number;
  readonly durationMs: number;
  /** The number of events that a subscription delivered; null if no stream began. */
  readonly events: number | null;
}

/** What is known of an operation when it has ended. */
type Ending = Pick<OperationReport, 'outcome' | 'upstreamCalls' | 'events'>;

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** OK, or the code of the first error. */
export const outcomeOf = (result: unknown): string => {
  const errors: unknown = isObject(result) && 'errors' in result ? result.errors : undefined;
  if (!Array.isArray(errors) || errors.length === 0) return 'OK';
  const first: unknown = errors[0];
  const extensions = isObject(first) && 'extensions' in first ? first.extensions : undefined;
  const code = isObject(extensions) && 'code' in extensions ? extensions.code : undefined;
  return typeof code === 'string' ? code : 'ERROR';
};

/** The report of a request that was refused before its operation ran. */
export const reportOfRefusal = (requestId: string, outcome: string): OperationReport => ({
  requestId,
  caller: null,
  name: null,
  isAuthenticated: false,
  kind: 'none',
  outcome,
  upstreamCalls: 0,
  durationMs: 0,
  events: null,
});

/** Begins the report of an operation. The returned function completes it when the operation has ended. */
export const beginReport = (
  args: ExecutionArgs,
  { requestId, fingerprint, isCallerAuthenticated }: GatewayContext,
): ((ending: Ending) => OperationReport) => {
  const startedMs = performance.now();
  const { name, kind } = labelOperation(args);
  return (ending) => ({
    requestId,
    caller: fingerprint,
    name,
    isAuthenticated: isCallerAuthenticated(),
    kind: kind ?? 'none',
    durationMs: performance.now() - startedMs,
    ...ending,
  });
};

/**
 * Reports every operation once, when it has ended, including those that were refused before they ran. A subscription whose
 * stream has begun is reported by `useSubscriptions`, at the end of the stream.
 */
export const useOperationReports = (
  report: (operation: OperationReport) => void,
): Plugin<GatewayContext> => {
  const executed = new WeakSet<Request>();
  return {
    onExecute: ({ args }) => {
      const { request, ledger } = args.contextValue;
      const complete = beginReport(args, args.contextValue);
      executed.add(request);
      return {
        onExecuteDone: ({ result }) => {
          if (!isSingleResult(result)) return;
          const outcome = outcomeOf(result);
          report(complete({ outcome, upstreamCalls: ledger.calls.length, events: null }));
        },
      };
    },
    onResultProcess: ({ request, result }) => {
      if (executed.has(request)) return;
      report(reportOfRefusal(requestIdOf(request), outcomeOf(result)));
    },
  };
};
