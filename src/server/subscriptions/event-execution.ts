import type { ExecutionArgs, ExecutionResult } from 'graphql';
import { envelop, type Plugin, type YogaInitialContext } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';
import { isSingleResult } from '../execution/single-result.ts';

/** Executes the selection of a subscription on one event, as an operation with a context of its own. */
export type ExecuteEvent = (
  args: ExecutionArgs,
  event: unknown,
  context: GatewayContext & YogaInitialContext,
) => Promise<ExecutionResult>;

/** Creates the execution of events with these plugins. The operation was checked when its subscription started. */
export const createEventExecution = (plugins: Plugin<GatewayContext>[]): ExecuteEvent => {
  const enveloped = envelop<Plugin<GatewayContext>[]>({ plugins });
  return async (args, event, context) => {
    const { execute } = enveloped(context);
    const result: unknown = await execute({ ...args, rootValue: event, contextValue: context });
    if (!isSingleResult(result)) throw new TypeError('An event has one answer.');
    return result;
  };
};
