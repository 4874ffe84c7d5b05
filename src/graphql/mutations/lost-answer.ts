import { GatewayError, NotFoundError, OutcomeUnknownError } from '../../domain/errors.ts';
import { afterWrite, type Operation } from '../../domain/operation.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { readAnyToken, type TokenTarget } from './token-target.ts';

/** Whether a write was sent and its answer was lost: it may have taken effect. */
export const isAnswerLost = (error: unknown): error is GatewayError =>
  error instanceof GatewayError && !error.surelyHadNoEffect;

/**
 * Reads a token again after a write to it whose answer was lost. If the token cannot be read, throws OutcomeUnknownError
 * with the message `unknownMessage`; if it does not exist, NotFoundError.
 */
export const readAfterLostAnswer = async (
  operation: Operation,
  target: TokenTarget,
  unknownMessage: string,
): Promise<EnrollmentToken> => {
  try {
    return await readAnyToken(afterWrite(operation), target);
  } catch (error) {
    if (!(error instanceof GatewayError) || error instanceof NotFoundError) throw error;
    throw new OutcomeUnknownError(unknownMessage, [], { cause: error });
  }
};
