import type { ErrorCode } from '../errors/public-errors.ts';

type HttpErrorCode = ErrorCode | 'BAD_REQUEST' | 'REQUEST_ENTITY_TOO_LARGE';

interface HttpErrorOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Further extensions of the error. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The reason to answer a request without GraphQL. The message is for the caller. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: HttpErrorCode;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    status: number,
    code: HttpErrorCode,
    message: string,
    { headers = {}, details = {} }: HttpErrorOptions = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
    this.details = details;
  }
}

/** HTTP 400, or a more precise status of the same class. */
export const badRequest = (
  message: string,
  status = 400,
  headers: Readonly<Record<string, string>> = {},
): HttpError => new HttpError(status, 'BAD_REQUEST', message, { headers });

/** HTTP 404. The path is not repeated: it is a text of the caller. */
export const notFound = (): HttpError =>
  badRequest(
    'There is nothing at this path. GraphQL is at /graphql, the state of the process at /health/live and /health/ready, and its metrics at /metrics.',
    404,
  );

/** HTTP 405, with the methods that the path has. */
export const methodNotAllowed = (allow: string): HttpError =>
  badRequest(`The path does not have this method. It has ${allow}.`, 405, { allow });

/** HTTP 406. */
export const notAcceptable = (): HttpError =>
  badRequest(
    'No response type fits the Accept header, and nothing was done. Accept application/json or application/graphql-response+json, and text/event-stream for a subscription.',
    406,
  );

/** The wait that an overloaded gateway asks for. */
export const retryAfterSeconds = 1;

/** The header and the details of an error that tell when to try again. */
export const retryAfter = (seconds: number) => ({
  headers: { 'retry-after': String(seconds) },
  details: { retryAfterSeconds: seconds },
});

/** HTTP 503. Nothing of the request was done. */
export const overloaded = (): HttpError =>
  new HttpError(
    503,
    'RATE_LIMITED',
    'The gateway is overloaded and has not started this request. Nothing was done. Try again a little later.',
    retryAfter(retryAfterSeconds),
  );

/** HTTP 500. The log has the cause, with the request id. */
export const internalError = (): HttpError =>
  new HttpError(
    500,
    'INTERNAL_SERVER_ERROR',
    'Something went wrong in the gateway. Give the request id to its operators.',
  );

/** The body of an error answer, in the format of GraphQL errors. */
export const httpErrorBody = ({ message, code, details }: HttpError, requestId: string): string =>
  JSON.stringify({ errors: [{ message, extensions: { code, ...details, requestId } }] });
