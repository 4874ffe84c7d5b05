import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import type { Operation } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform } from '../../domain/platform.ts';
import {
  type EnrollmentToken,
  type TokenId,
  type TokenState,
  toTokenId,
} from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import type { Entities } from '../types/entity.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { NoteOrganization } from './audit.ts';
import { platformOf } from './create-request.ts';

/** What an update or a revocation answers. */
export interface TokenPayload {
  readonly enrollmentToken: EnrollmentToken | null;
  readonly userErrors: readonly UserError[];
}

/** A token that a mutation names, and who answers for it. */
export interface TokenSubject {
  readonly platform: Platform;
  readonly organizationId: OrganizationId;
  readonly id: TokenId;
}

const idPath = ['input', 'id'] as const;

/** The token that an input's `id` names; InputRejectedError where that is no token's id. */
export const subjectOf = (
  context: GatewayContext,
  entities: Entities,
  id: string,
  note: NoteOrganization,
): TokenSubject => {
  const reference = entities.decodeKind('token', id, idPath);
  note(reference.organizationId);
  return {
    platform: platformOf(context, reference.platform),
    organizationId: reference.organizationId,
    id: toTokenId(reference.sourceId),
  };
};

/** A token, also one that is revoked; NotFoundError where it never was. One upstream call, more to find a revoked one. */
export const readAnyToken = async (
  operation: Operation,
  { platform, organizationId, id }: TokenSubject,
): Promise<EnrollmentToken> => {
  try {
    return await platform.getToken(operation, organizationId, id);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // Whether get-one shows revoked tokens is not documented (CONTRACT 6); the list does, when asked.
    return platform.findToken(operation, organizationId, id);
  }
};

/** The API does not do that with a token in such a state. */
export const stateRejected = (
  what: string,
  state: TokenState,
  cause: unknown,
): InputRejectedError =>
  new InputRejectedError(
    [{ path: idPath, message: `The token is ${state}: the REST API does not ${what} it.` }],
    { cause },
  );

/** Expected failures as data; what is not found is the token that the input names. */
export const settle = async (run: () => Promise<TokenPayload>): Promise<TokenPayload> => {
  try {
    return await run();
  } catch (error) {
    const path = error instanceof NotFoundError ? idPath : null;
    return { enrollmentToken: null, userErrors: toUserErrors(error, path) };
  }
};
