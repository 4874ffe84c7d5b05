import { BadCursorError, GatewayError, UnexpectedError } from '../domain/errors.ts';

/** The error for a subscriber that has missed more than can be read. */
export const tooOld = (): BadCursorError =>
  new BadCursorError(
    'after',
    'Too much has changed since this position to deliver it. Read the list anew, and subscribe without "after".',
    'TOO_OLD',
  );

/** The error for all subscribers if a reading failed as a whole. */
export const toStreamError = (error: unknown): GatewayError =>
  error instanceof GatewayError
    ? error
    : new UnexpectedError(
        'Something went wrong in the gateway. Subscribe again with the last cursor as "after".',
        { cause: error },
      );
