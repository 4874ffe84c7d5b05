import { GatewayError, NotFoundError } from '../../domain/errors.ts';
import { type Operation, withCause } from '../../domain/operation.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { isAnswerLost, readAfterLostWrite } from './lost-answer.ts';
import {
  readAnyToken,
  stateRejected,
  type TokenPayload,
  type TokenSubject,
} from './token-target.ts';

/** The token after a DELETE that was answered with 404: an earlier call may have revoked it. */
const findRevoked = async (
  operation: Operation,
  subject: TokenSubject,
  error: NotFoundError,
): Promise<EnrollmentToken> => {
  const token = await readAnyToken(operation, subject);
  if (token.state === 'DELETED') return token;
  throw stateRejected('revoke', token.state, error);
};

/** The token after a DELETE whose answer was lost, if it is revoked. Throws that error if it is not, as it may land yet. */
const findAfterLoss = async (
  operation: Operation,
  subject: TokenSubject,
  error: GatewayError,
): Promise<EnrollmentToken> => {
  const token = await readAfterLostWrite(
    operation,
    subject,
    "The API's answer was lost, and the token could not be read again: it may have been revoked. It is safe to revoke it again.",
  );
  if (token.state === 'DELETED') return token;
  throw error;
};

/**
 * Revokes a token, also one that is revoked already. The token is read again where it is wanted; where that fails it is
 * null, and the revocation stands.
 */
export const revokeToken = async (
  context: GatewayContext,
  subject: TokenSubject,
  isTokenWanted: boolean,
): Promise<TokenPayload> => {
  const { platform, organizationId, id } = subject;
  const reading = withCause(context.operation, 'read-back');
  try {
    await platform.revokeToken(withCause(context.operation, 'write'), organizationId, id);
  } catch (error) {
    if (error instanceof NotFoundError) {
      return { enrollmentToken: await findRevoked(reading, subject, error), userErrors: [] };
    }
    if (!isAnswerLost(error)) throw error;
    const token = await findAfterLoss(context.operation, subject, error);
    return { enrollmentToken: token, userErrors: [] };
  }
  if (!isTokenWanted) return { enrollmentToken: null, userErrors: [] };
  try {
    const token = await readAnyToken(reading, subject);
    return { enrollmentToken: token, userErrors: [] };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { enrollmentToken: null, userErrors: [] };
  }
};
