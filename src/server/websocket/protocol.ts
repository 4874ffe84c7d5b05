import { type ExecutionArgs, GraphQLError, GraphQLSchema, parse } from 'graphql';
import { type ExecutionResult, makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import { isAsyncIterable } from 'graphql-yoga';
import { type StartOperation, toShownAnswer, toShownErrors } from './operation-start.ts';

/** What the protocol asks of a socket. */
export interface ProtocolSocket {
  /** Reads the payload of `connection_init`. False: the socket is closed. */
  readonly initialise: (payload: unknown) => boolean;
  readonly start: (id: string, payload: SubscribePayload) => ReturnType<StartOperation>;
}

export type Protocol = Server<ProtocolSocket>;

/** graphql-ws asks for a document to run. The GraphQL server has its own, and has started it. */
const placeholder = { schema: new GraphQLSchema({}), document: parse('subscription { started }') };

const isStream = (value: unknown): value is AsyncIterable<ExecutionResult> =>
  typeof value === 'object' && value !== null && isAsyncIterable(value);

/** Creates the protocol `graphql-transport-ws` for all sockets. It waits `initMs` milliseconds for `connection_init`. */
export const createProtocol = (initMs: number): Protocol =>
  makeServer<Record<string, unknown>, ProtocolSocket>({
    connectionInitWaitTimeout: initMs,
    onConnect: ({ extra, connectionParams }) => extra.initialise(connectionParams),
    onSubscribe: async (
      { extra },
      id,
      payload,
    ): Promise<ExecutionArgs | readonly GraphQLError[]> => {
      const started = await extra.start(id, payload);
      return isStream(started) ? { ...placeholder, contextValue: started } : started;
    },
    subscribe: ({ contextValue }) =>
      isStream(contextValue)
        ? contextValue
        : { errors: [new GraphQLError('There is nothing to subscribe to.')] },
    onNext: (_context, _id, _payload, _args, answer) => toShownAnswer(answer),
    onError: (_context, _id, _payload, errors) => toShownErrors(errors),
  });
