import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { UnauthenticatedError } from '../../domain/errors.ts';
import type { GatewayContext } from '../../graphql/context.ts';
import { requestIdOf } from '../telemetry/request-id.ts';
import { deriveError } from './derived-error.ts';
import { isUnexpected, maskError, toPublicError } from './public-errors.ts';

interface FailedResult extends ExecutionResult {
  readonly errors: readonly GraphQLError[];
}

const codeOf = (error: GraphQLError): unknown => error.extensions['code'];
const withExtensions = (
  error: GraphQLError,
  extensions: Readonly<Record<string, unknown>>,
): GraphQLError => deriveError(error, { extensions: { ...error.extensions, ...extensions } });

/** GraphQL over HTTP: a request that failed before execution, for example by a variable of another type, has status 400. */
const badRequestStatus = ({ data }: ExecutionResult) =>
  data === undefined ? { http: { spec: true, status: 400 } } : {};

/**
 * Limit of errors in one answer. Each takes CPU and bytes, and an operation can have thousands of failed fields. If there
 * are more errors, the last one counts the rest.
 */
const maxErrors = 100;

const withCount = (shown: readonly GraphQLError[], more: number): readonly GraphQLError[] => {
  if (more === 0) return shown;
  const message = `There are ${more} more errors; the fields with an error are null. See those that are listed, or ask for less at once.`;
  const extensions = { code: shown.map(codeOf).at(-1), omittedErrors: more };
  return [...shown, new GraphQLError(message, { extensions })];
};

/** An error that says that the credential is missing or refused. The whole operation fails with it. */
const findUnauthenticated = (errors: readonly GraphQLError[]): GraphQLError | undefined =>
  errors.find(
    (error) =>
      error.originalError instanceof UnauthenticatedError || codeOf(error) === 'UNAUTHENTICATED',
  );

/** yoga's type also allows lists and streams of results. They have no errors, and this server returns none. */
const hasErrors = (result: object): result is FailedResult =>
  Array.isArray(Reflect.get(result, 'errors'));

const identify = (error: GraphQLError, requestId: string): GraphQLError =>
  withExtensions(error, { code: codeOf(error) ?? 'BAD_REQUEST', requestId });

/** Adds the request id to each error of an answer that is one of many to its request. */
export const withRequestId = (result: ExecutionResult, requestId: string): ExecutionResult =>
  hasErrors(result)
    ? { ...result, errors: result.errors.map((error) => identify(error, requestId)) }
    : result;

/** The answer without data for a failure outside the execution. `report` gets the cause if it is a bug. */
export const toErrorAnswer = (
  cause: unknown,
  requestId: string,
  report: (cause: unknown, requestId: string) => void,
): ExecutionResult => {
  const originalError = cause instanceof Error ? cause : new TypeError(String(cause));
  const error = new GraphQLError(originalError.message, { originalError });
  const shown = toPublicError(error, (bug) => report(bug, requestId));
  return withRequestId({ errors: [shown] }, requestId);
};

const isRequestError = (error: GraphQLError): boolean =>
  error.originalError === undefined || error.originalError instanceof GraphQLError;

/**
 * Turns the errors of resolvers into errors for callers, and adds a code and the request id to each. If the credential
 * was refused, the whole operation fails. `report` gets the cause of each error that is a bug.
 */
export const useErrorHandling = (
  report: (cause: unknown, requestId: string) => void,
): Plugin<GatewayContext> => ({
  onExecute: ({ args }) => ({
    onExecuteDone: ({ result, setResult }) => {
      if (!hasErrors(result)) return;
      const { requestId, failures } = args.contextValue;
      const toShown = (error: GraphQLError): GraphQLError => {
        const shown = toPublicError(error, (cause) => report(cause, requestId));
        return codeOf(shown) === undefined
          ? withExtensions(shown, { code: 'BAD_USER_INPUT', ...badRequestStatus(result) })
          : shown;
      };
      const refused = findUnauthenticated(result.errors);
      if (refused) {
        setResult({ data: null, errors: [toShown(refused)] });
        return;
      }
      const { length } = result.errors;
      const count = length > maxErrors ? maxErrors - 1 : length;
      const shown = result.errors.slice(0, count).map(toShown);
      for (const error of result.errors.slice(count)) {
        if (isUnexpected(error)) report(error.originalError ?? error, requestId);
      }
      setResult({ ...result, errors: withCount(shown, length - count + failures.omitted()) });
    },
  }),
  onResultProcess: ({ request, result, setResult }) => {
    if (!hasErrors(result)) return;
    const requestId = requestIdOf(request);
    const errors = result.errors.map((error) => {
      // Other errors come from a plugin or from yoga itself.
      if (isRequestError(error)) {
        return identify(error, requestId);
      }
      const masked = maskError(error.originalError, (cause) => report(cause, requestId));
      return withExtensions(masked, { http: { status: 500 }, requestId });
    });
    setResult({ ...result, errors });
  },
});
