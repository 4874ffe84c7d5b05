import { readBackCreated } from '../../creation/read-back.ts';
import { NotFoundError } from '../../domain/errors.ts';
import type { MdmUserId } from '../../domain/mdm-user.ts';
import { afterWrite, type Operation, withCause } from '../../domain/operation.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import { userTarget } from './create-input.ts';
import type { CreateKind } from './create-resolver.ts';
import type { CreatePayload } from './mutation-types.ts';
import { readAnyToken, type TokenTarget } from './token-target.ts';

/** The current state of the token that the first call with an idempotency key created. */
const readReplayed = async (
  operation: Operation,
  target: TokenTarget,
): Promise<EnrollmentToken> => {
  try {
    return await readAnyToken(withCause(operation, 'read-back'), target);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new NotFoundError(
      'The token that the first call with this idempotencyKey created does not exist any more, or the credential may not see it. Use a new idempotencyKey to create another.',
      { cause: error },
    );
  }
};

/** Creates of one token for one user. */
export const singleCreate: CreateKind<{ readonly userId: MdmUserId }, CreatePayload> = {
  verb: 'create',
  targetInput: userTarget,
  create: async ({ context, platform, key, target: { userId }, sent }) => {
    const { operation, creations } = context;
    const { organizationId, draft } = sent;
    const { token, replayed } = await creations.createOnce({
      key,
      input: { userId, draft },
      signal: operation.signal,
      send: () =>
        platform.createToken(withCause(operation, 'write'), organizationId, userId, draft),
      readBack: (sentAtMs) =>
        readBackCreated(platform, afterWrite(operation), { ...sent, userId }, sentAtMs),
      readAgain: (id) => readReplayed(operation, { platform, organizationId, id }),
    });
    return { enrollmentToken: token, userErrors: [], replayed };
  },
  toFailedPayload: (userErrors) => ({ enrollmentToken: null, userErrors, replayed: false }),
};
