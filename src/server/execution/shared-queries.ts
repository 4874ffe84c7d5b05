import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { GatewayError } from '../../domain/errors.ts';
import type { GatewayContext } from '../../graphql/context.ts';

/** An answer. The server writes it with its own `stringify` if it has one. */
type Answer = ExecutionResult & { readonly stringify?: (result: object) => string };

/** A query that is being executed for the request that started it and all that joined. */
interface RunningQuery {
  readonly answer: Promise<Answer>;
  readonly context: GatewayContext;
  readonly joinableUntilMs: number;
}

/** In milliseconds. An answer can show data that is older than its request by this much. */
const maxJoinDelayMs = 100;

/**
 * A request that joins has only the time that the first one has left. With 1% of it used up, that is nearly all of its
 * own time.
 */
const maxJoinDelayShare = 0.01;

/** An answer that several clients get is serialized once. */
const shareText = (): ((result: object) => string) => {
  const texts = new WeakMap<object, string>();
  return (result) => {
    const text = texts.get(result) ?? JSON.stringify(result);
    texts.set(result, text);
    return text;
  };
};

/** Null if there is no credential, or it could not be checked. The fields that need the API then fail with the reason. */
const credentialOf = ({ operation }: GatewayContext): string | null => {
  try {
    return operation.credential;
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
};

/**
 * Executes equal queries that run at the same time once. Equal means: the same credential, document, operation and
 * variables, and no write of this process ended in between, so `writeGeneration` returns the same number. Authorization
 * and cost are checked before, for each request.
 */
export const useSharedQueries = (writeGeneration: () => number): Plugin<GatewayContext> => {
  const running = new WeakMap<DocumentNode, Map<string, RunningQuery>>();

  const runningQueriesOf = (document: DocumentNode): Map<string, RunningQuery> => {
    const known = running.get(document);
    if (known) return known;
    const queries = new Map<string, RunningQuery>();
    running.set(document, queries);
    return queries;
  };

  return {
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const { document, operationName, variableValues }: ExecutionArgs = args;
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) return;
      const context = args.contextValue;
      const credential = credentialOf(context);
      if (credential === null) return;

      setExecuteFn(async (given) => {
        const queries = runningQueriesOf(document);
        // The key contains the credential. It is kept only while the query runs, as the context is.
        const key = JSON.stringify([writeGeneration(), credential, operationName, variableValues]);
        const nowMs = performance.now();
        const joined = queries.get(key);
        if (joined && nowMs < joined.joinableUntilMs && !joined.context.operation.signal.aborted) {
          joined.context.operation.serve(context.request.signal);
          const answer = await joined.answer;
          for (const failure of joined.context.operation.failures) {
            context.operation.onFailure(failure);
          }
          // Calls that the joined query shared with an earlier one are saved here as well.
          const { calls, saved } = joined.context.ledger;
          context.operation.onSaved?.('inFlight', calls.length + saved.inFlight);
          return answer;
        }
        const stringify = shareText();
        const query: RunningQuery = {
          answer: (async (): Promise<Answer> => {
            const answer = (await executeFn(given)) as ExecutionResult;
            return { ...answer, stringify };
          })(),
          context,
          joinableUntilMs:
            nowMs +
            Math.min(maxJoinDelayMs, (context.operation.deadlineMs - nowMs) * maxJoinDelayShare),
        };
        queries.set(key, query);
        try {
          return await query.answer;
        } finally {
          if (queries.get(key) === query) queries.delete(key);
        }
      });
    },
  };
};
