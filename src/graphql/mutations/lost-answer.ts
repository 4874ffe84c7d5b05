import {
  GatewayError,
  NotFoundError,
  OutcomeUnknownError,
  surelyHadNoEffect,
} from '../../domain/errors.ts';
import type { Operation } from '../../domain/operation.ts';
import { afterWrite } from '../../domain/operation.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { readAnyToken, type TokenSubject } from './token-target.ts';

/** Whether a write left and its answer is lost: it may have had its effect. */
export const isAnswerLost = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && !surelyHadNoEffect(error);

/**
 * The token as it is after a write to it whose answer was lost. `maySay` is what the caller is told if the token cannot
 * be read. Throws OutcomeUnknownError then, and NotFoundError if there is no such token.
 */
export const readAfterLostWrite = async (
  operation: Operation,
  subject: TokenSubject,
  maySay: string,
): Promise<EnrollmentToken> => {
  try {
    return await readAnyToken(afterWrite(operation), subject);
  } catch (error) {
    if (!(error instanceof GatewayError) || error instanceof NotFoundError) throw error;
    throw new OutcomeUnknownError(maySay, [], { cause: error });
  }
};
