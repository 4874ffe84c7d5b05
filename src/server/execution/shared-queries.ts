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

/** What the server turns into text with its own `stringify`, where it has one. */
type Answer = ExecutionResult & { readonly stringify?: (result: object) => string };

/** A query that is being executed, for the one who asked first and all who joined. */
interface RunningQuery {
  readonly answer: Promise<Answer>;
  readonly context: GatewayContext;
  readonly joinableUntilMs: number;
}

/** No answer shows anything older than this before it was asked for. */
const maxJoinDelayMs = 100;

/** Who joins has the time that the first one has left: nearly all of its own. */
const maxJoinDelayShare = 0.01;

/** Answers that are sent to several clients become text once. */
const shareText = (): ((result: object) => string) => {
  const texts = new WeakMap<object, string>();
  return (result) => {
    const text = texts.get(result) ?? JSON.stringify(result);
    texts.set(result, text);
    return text;
  };
};

/** Null where there is none, or none that could be checked: what needs the API then says so. */
const credentialOf = ({ operation }: GatewayContext): string | null => {
  try {
    return operation.credential;
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
};

/**
 * The same query, asked for several times at once with the same credential, is executed once: same document, operation
 * and variables, and no write of this process ended in between. Authorization and cost are decided for each before.
 */
export const useSharedQueries = (writeGeneration: () => number): Plugin<GatewayContext> => {
  const running = new WeakMap<DocumentNode, Map<string, RunningQuery>>();

  const runningQueriesOf = (document: DocumentNode): Map<string, RunningQuery> => {
    const known = running.get(document);
    if (known) return known;
    const runs = new Map<string, RunningQuery>();
    running.set(document, runs);
    return runs;
  };

  return {
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const { document, operationName, variableValues }: ExecutionArgs = args;
      if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.QUERY) return;
      const context = args.contextValue;
      const credential = credentialOf(context);
      if (credential === null) return;

      setExecuteFn(async (given) => {
        const runs = runningQueriesOf(document);
        // Holds the credential for as long as the query runs, which itself does.
        const key = JSON.stringify([writeGeneration(), credential, operationName, variableValues]);
        const nowMs = performance.now();
        const joined = runs.get(key);
        if (joined && nowMs < joined.joinableUntilMs && !joined.context.operation.signal.aborted) {
          joined.context.operation.serve(context.request.signal);
          const answer = await joined.answer;
          for (const failure of joined.context.operation.failures) {
            context.operation.onFailure(failure);
          }
          // What the joined one did not call either was called for an operation before it.
          const { calls, saved } = joined.context.ledger;
          context.operation.onSaved?.('inFlight', calls.length + saved.inFlight);
          return answer;
        }
        const stringify = shareText();
        const run: RunningQuery = {
          answer: (async (): Promise<Answer> => {
            const answer = (await executeFn(given)) as ExecutionResult;
            return { ...answer, stringify };
          })(),
          context,
          joinableUntilMs:
            nowMs +
            Math.min(maxJoinDelayMs, (context.operation.deadlineMs - nowMs) * maxJoinDelayShare),
        };
        runs.set(key, run);
        try {
          return await run.answer;
        } finally {
          if (runs.get(key) === run) runs.delete(key);
        }
      });
    },
  };
};
