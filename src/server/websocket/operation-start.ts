import { type FormattedExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { ExecutionResult, SubscribePayload } from 'graphql-ws';
import { isAsyncIterable } from 'graphql-yoga';
import { HttpError, internalError, retryAfterSeconds } from '../http/http-error.ts';
import type { RequestCapacity } from '../http/request-capacity.ts';
import type { GraphqlServer } from '../http/request-listener.ts';
import { graphqlPath } from '../http/routing.ts';
import type { PendingWork } from '../life-cycle/pending-work.ts';
import { type OperationReport, reportOfRefusal } from '../telemetry/operation-report.ts';
import type { CallerHeaders } from './caller-headers.ts';
import { takeResult } from './results.ts';

interface OperationStartOptions {
  readonly graphql: GraphqlServer;
  readonly pendingWork: PendingWork;
  /** Operations that start, over all sockets. */
  readonly capacity: RequestCapacity;
  /** Called for each operation that is refused before it reaches the GraphQL server. */
  readonly report: (operation: OperationReport) => void;
  /** Called for each failure of the gateway itself. */
  readonly onFailure: (cause: unknown, requestId: string) => void;
}

interface StartingOperation {
  readonly payload: SubscribePayload;
  readonly headers: CallerHeaders;
  readonly requestId: string;
  readonly signal: AbortSignal;
  /** The operations of its socket when it began, itself included. */
  readonly running: number;
}

/** Limit of operations of one socket. A page or a router sends all of its subscriptions over one. */
export const maxOperations = 100;

const tooMany = (): HttpError =>
  new HttpError(
    429,
    'RATE_LIMITED',
    `A WebSocket has at most ${maxOperations} subscriptions at a time. Complete one, or open another WebSocket.`,
    { details: { retryAfterSeconds } },
  );

/** A stream, or the errors for which there is none. */
type Started = AsyncIterable<ExecutionResult> | readonly GraphQLError[];

export type StartOperation = (operation: StartingOperation) => Promise<Started>;

/** A fixed host, so that nothing depends on what clients send. */
const url = `http://gateway${graphqlPath}`;

/** A document by its hash has no text, but the protocol demands one. Clients send an empty one. */
const toBody = ({ query, ...rest }: SubscribePayload): string =>
  JSON.stringify(query === '' ? rest : { query, ...rest });

const isErrorList = (errors: unknown): errors is readonly GraphQLError[] =>
  Array.isArray(errors) &&
  errors.length > 0 &&
  errors.every((error) => error instanceof GraphQLError);

const toStarted = (result: object | null): Started => {
  if (result !== null && isAsyncIterable<ExecutionResult>(result)) return result;
  const errors: unknown = result !== null && 'errors' in result ? result.errors : null;
  if (!isErrorList(errors)) throw new TypeError('The result is neither a stream nor errors.');
  return errors;
};

/**
 * Creates the function that starts the operations of all sockets. Each is a request to the GraphQL server, as if it had
 * come by HTTP, so every plugin that checks, limits, reports or masks a subscription does the same here.
 */
export const createOperationStart = ({
  graphql,
  pendingWork,
  capacity,
  report,
  onFailure,
}: OperationStartOptions): StartOperation => {
  const forward = async ({ payload, headers, requestId, signal }: StartingOperation) => {
    const body = toBody(payload);
    const request = new graphql.fetchAPI.Request(url, {
      method: 'POST',
      headers: {
        ...headers,
        accept: 'text/event-stream',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'x-request-id': requestId,
      },
      body,
      signal,
    });
    const taken: { result: object | null } = { result: null };
    takeResult(request, (result) => {
      taken.result = result;
    });
    await graphql.handleRequest(request);
    return toStarted(taken.result);
  };

  const refuse = ({ message, code, details }: HttpError, requestId: string): GraphQLError[] => {
    report(reportOfRefusal(requestId, code));
    return [new GraphQLError(message, { extensions: { code, ...details, requestId } })];
  };

  return async (operation) => {
    const { requestId, signal, running } = operation;
    const releases = [pendingWork.begin()];
    try {
      if (running > maxOperations) throw tooMany();
      releases.push(capacity.admit());
      return await forward(operation);
    } catch (cause) {
      if (cause instanceof HttpError) return refuse(cause, requestId);
      // The client has left, and nobody gets the error.
      if (signal.aborted) return [new GraphQLError('The client has left.')];
      onFailure(cause, requestId);
      return refuse(internalError(), requestId);
    } finally {
      for (const release of releases) release();
    }
  };
};

/** Removes what concerns only answers by HTTP. */
const toShown = (error: GraphQLError): GraphQLFormattedError => {
  const { extensions, ...rest } = error.toJSON();
  const { http: _status, ...shown } = extensions ?? {};
  return { ...rest, extensions: shown };
};

/** The errors of a message, as the client gets them. */
export const toShownErrors = (errors: readonly GraphQLError[]): GraphQLFormattedError[] =>
  errors.map(toShown);

/** An answer to an event, as the client gets it. */
export const toShownAnswer = ({
  data,
  errors,
  extensions,
}: ExecutionResult): FormattedExecutionResult => ({
  ...(data !== undefined && { data }),
  ...(extensions && { extensions }),
  ...(errors && { errors: toShownErrors(errors) }),
});
