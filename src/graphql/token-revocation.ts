import { GatewayError, NotFoundError, surelyHadNoEffect } from '../tokens/errors.ts';
import { type Operation, withCause } from '../tokens/ports.ts';
import type { EnrollmentToken } from '../tokens/token.ts';
import type { GatewayContext } from './context.ts';
import {
  readAnyToken,
  stateRejected,
  type TokenPayload,
  type TokenSubject,
} from './token-subject.ts';

/** What became of a token whose revocation failed, where it may be revoked all the same: now or by an earlier call. */
const findAfter = async (
  operation: Operation,
  subject: TokenSubject,
  error: unknown,
): Promise<EnrollmentToken> => {
  if (surelyHadNoEffect(error) && !(error instanceof NotFoundError)) throw error;
  const token = await readAnyToken(operation, subject);
  if (token.state === 'DELETED') return token;
  throw error instanceof NotFoundError ? stateRejected('revoke', token.state, error) : error;
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
    const token = await findAfter(reading, subject, error);
    return { enrollmentToken: token, userErrors: [] };
  } finally {
    await context.loaders.token.clear({ platform: platform.key, organizationId, id });
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
