import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../graphql/context.ts';

/** Counts what is under way, so that the process can end between them. */
export interface Activity {
  readonly begin: () => void;
  readonly end: () => void;
  /** Resolves as soon as nothing is under way. */
  readonly whenIdle: () => Promise<void>;
}

export const createActivity = (): Activity => {
  let running = 0;
  let waiting: (() => void)[] = [];
  return {
    begin: () => {
      running += 1;
    },
    end: () => {
      running -= 1;
      if (running > 0) return;
      for (const wake of waiting) wake();
      waiting = [];
    },
    whenIdle: () =>
      running === 0
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
};

/** An operation counts until its last effect, also where its client has left. */
export const useActivity = ({ begin, end }: Activity): Plugin<GatewayContext> => ({
  onExecute: ({ args }) => {
    begin();
    return {
      onExecuteDone: () => {
        args.contextValue.operation.end();
        end();
      },
    };
  },
});

/** A request counts until the last of its answer has been sent, or its client has left. */
export const countRequests =
  (
    handle: (request: IncomingMessage, response: ServerResponse) => unknown,
    { begin, end }: Activity,
  ): RequestListener =>
  (request, response) => {
    begin();
    response.once('close', end);
    handle(request, response);
  };
