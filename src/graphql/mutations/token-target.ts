import { InputRejectedError, NotFoundError } from '../../domain/errors.ts';
import type { Operation } from '../../domain/operation.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import {
  type EnrollmentToken,
  type TokenId,
  type TokenState,
  toTokenId,
} from '../../domain/token.ts';
import type { GatewayContext } from '../context.ts';
import type { Entities } from '../types/entity.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { ReportOrganization } from './audit.ts';

/** The payload of updateEnrollmentToken and revokeEnrollmentToken. */
export interface TokenPayload {
  readonly enrollmentToken: EnrollmentToken | null;
  readonly userErrors: readonly UserError[];
}

/** The token that a mutation's input names, with its platform. */
export interface TokenTarget {
  readonly platform: Platform;
  readonly organizationId: OrganizationId;
  readonly id: TokenId;
}

/** The platform with this key. Throws TypeError if there is none. */
export const findPlatform = (
  { platforms }: Pick<GatewayContext, 'platforms'>,
  key: PlatformKey,
): Platform => {
  const platform = platforms.find((candidate) => candidate.key === key);
  if (!platform) throw new TypeError(`No platform ${key} is registered.`);
  return platform;
};

/** The path of the token's id in the arguments. */
export const idPath = ['input', 'id'] as const;

/** Reads the `id` of an input. Throws InputRejectedError if it is not the id of a token. */
export const readTarget = (
  context: GatewayContext,
  entities: Entities,
  id: string,
  reportOrganization: ReportOrganization,
): TokenTarget => {
  const reference = entities.decodeKind('token', id, idPath);
  reportOrganization(reference.organizationId);
  return {
    platform: findPlatform(context, reference.platform),
    organizationId: reference.organizationId,
    id: toTokenId(reference.sourceId),
  };
};

/**
 * Reads a token, also a revoked one. Throws NotFoundError if it never existed. One upstream call, and more to find a revoked
 * token.
 */
export const readAnyToken = async (
  operation: Operation,
  { platform, organizationId, id }: TokenTarget,
): Promise<EnrollmentToken> => {
  try {
    return await platform.getToken(operation, organizationId, id);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    // CONTRACT 6 does not say whether the endpoint of one token returns revoked ones. The list does, if asked to.
    return platform.findToken(operation, organizationId, id);
  }
};

/** Creates the error of a change that the API does not allow in the token's state. `verb` is `change` or `revoke`. */
export const createStateError = (
  verb: string,
  state: TokenState,
  cause: unknown,
): InputRejectedError =>
  new InputRejectedError(
    [{ path: idPath, message: `The token is ${state}: the REST API does not ${verb} it.` }],
    { cause },
  );

/** Runs a mutation and returns expected failures as `userErrors`. A NotFoundError is about the token in the input. */
export const withUserErrors = async (run: () => Promise<TokenPayload>): Promise<TokenPayload> => {
  try {
    return await run();
  } catch (error) {
    const path = error instanceof NotFoundError ? idPath : null;
    return { enrollmentToken: null, userErrors: toUserErrors(error, path) };
  }
};
