import { GatewayError, NotFoundError } from '../../domain/errors.ts';
import { type Operation, withCause } from '../../domain/operation.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import { isAnswerLost, readAfterLostAnswer } from './lost-answer.ts';
import {
  createStateError,
  readAnyToken,
  type TokenPayload,
  type TokenTarget,
} from './token-target.ts';

/** Reads the token after the API answered a DELETE with 404. It is a success if an earlier call revoked the token. */
const findRevoked = async (
  operation: Operation,
  target: TokenTarget,
  error: NotFoundError,
): Promise<EnrollmentToken> => {
  const token = await readAnyToken(operation, target);
  if (token.state === 'DELETED') return token;
  throw createStateError('revoke', token.state, error);
};

/**
 * Reads the token after the answer to a DELETE was lost. If the token is not revoked, throws the error of the DELETE, which
 * may still take effect.
 */
const findAfterLostAnswer = async (
  operation: Operation,
  target: TokenTarget,
  error: GatewayError,
): Promise<EnrollmentToken> => {
  const token = await readAfterLostAnswer(
    operation,
    target,
    "The API's answer was lost, and the token could not be read again: it may have been revoked. It is safe to revoke it again.",
  );
  if (token.state === 'DELETED') return token;
  throw error;
};

/**
 * Revokes a token. Revoking a revoked token succeeds. If the token is wanted, it is read again; if that fails, the payload
 * has no token and no error, because the token is revoked.
 */
export const revokeToken = async (
  context: GatewayContext,
  target: TokenTarget,
  isTokenWanted: boolean,
): Promise<TokenPayload> => {
  const { platform, organizationId, id } = target;
  const reading = withCause(context.operation, 'read-back');
  try {
    await platform.revokeToken(withCause(context.operation, 'write'), organizationId, id);
  } catch (error) {
    if (error instanceof NotFoundError) {
      return { enrollmentToken: await findRevoked(reading, target, error), userErrors: [] };
    }
    if (!isAnswerLost(error)) throw error;
    const token = await findAfterLostAnswer(context.operation, target, error);
    return { enrollmentToken: token, userErrors: [] };
  }
  if (!isTokenWanted) return { enrollmentToken: null, userErrors: [] };
  try {
    const token = await readAnyToken(reading, target);
    return { enrollmentToken: token, userErrors: [] };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { enrollmentToken: null, userErrors: [] };
  }
};
