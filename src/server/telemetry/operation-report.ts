import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';
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
  readonly upstreamCalls: number;
  readonly durationMs: number;
}

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
});

/** Reports every operation once, when it has ended, including those that were refused before they ran. */
export const useOperationReports = (
  report: (operation: OperationReport) => void,
): Plugin<GatewayContext> => {
  const executed = new WeakSet<Request>();
  return {
    onExecute: ({ args }) => {
      const startedMs = performance.now();
      const { name, kind } = labelOperation(args);
      const { request, requestId, fingerprint, ledger, isCallerAuthenticated } = args.contextValue;
      executed.add(request);
      return {
        onExecuteDone: ({ result }) =>
          report({
            requestId,
            caller: fingerprint,
            name,
            isAuthenticated: isCallerAuthenticated(),
            kind: kind ?? 'none',
            outcome: outcomeOf(result),
            upstreamCalls: ledger.calls.length,
            durationMs: performance.now() - startedMs,
          }),
      };
    },
    onResultProcess: ({ request, result }) => {
      if (executed.has(request)) return;
      report(reportOfRefusal(requestIdOf(request), outcomeOf(result)));
    },
  };
};
