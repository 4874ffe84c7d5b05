import {
  CreationFailedError,
  type GatewayError,
  InputRejectedError,
  NotFoundError,
} from '../../domain/errors.ts';
import type { MdmUserId } from '../../domain/mdm-user.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { PolicyAssignmentDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { GatewayContext } from '../context.ts';
import { countLookupCalls, type Price, type PriceBounds } from '../pricing/price.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import { createOrganizationError, organizationPath } from './mutation-organization.ts';

/** The user and the policies that a mutation's input names. */
export interface References {
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId;
  /** Null if the input names no user. */
  readonly userId: MdmUserId | null;
  readonly policyAssignments: readonly PolicyAssignmentDraft[];
}

const check = async (
  lookup: Promise<unknown>,
  path: readonly string[],
  notFoundMessage: string,
): Promise<readonly UserError[]> => {
  try {
    await lookup;
    return [];
  } catch (error) {
    if (error instanceof NotFoundError)
      return [{ code: 'NOT_FOUND', message: notFoundMessage, path }];
    return toUserErrors(error, path);
  }
};

/**
 * The calls for policies in `findMissingReferences`, for a price. All mutations of an operation read the same pages of
 * an organization's list. `organization` is an id, a slug, or empty for the default one.
 */
export const policyLookupCalls = (
  platform: PlatformKey,
  organization: string,
  policyAssignments: readonly unknown[] | null | undefined,
  bounds: PriceBounds,
): NonNullable<Price['once']> => ({
  [`policies ${platform} ${organization.toLowerCase()}`]: countLookupCalls(
    'policy',
    policyAssignments?.length ?? 0,
    bounds,
  ),
});

/**
 * Finds the user and policies that do not exist or that the caller may not see, and the errors of failed lookups. One
 * lookup for each, through the loaders.
 */
export const findMissingReferences = async (
  { loaders }: GatewayContext,
  { platform, organizationId, userId, policyAssignments }: References,
): Promise<readonly UserError[]> => {
  const user =
    userId === null
      ? []
      : [
          check(
            loaders.user.load({ organizationId, id: userId }),
            ['input', 'userId'],
            'The user does not exist in this organization, or the credential may not see it. Find users with mdmUsers.',
          ),
        ];
  const policies = policyAssignments.map(({ policyId }, index) =>
    check(
      loaders.policy.load({ platform, organizationId, id: policyId }),
      ['input', 'policyAssignments', String(index), 'policyId'],
      `The policy does not exist on ${platform} in this organization, or the credential may not see it. Find policies with mdmPolicies.`,
    ),
  );
  return (await Promise.all([...user, ...policies])).flat();
};

const explainable = [NotFoundError, CreationFailedError, InputRejectedError];

/**
 * The reasons of a failed create: the user, policies or organization that do not exist, or else the API's own error. The
 * API gives the same answer whichever of them is missing. One lookup for each reference, through the loaders.
 */
export const explainFailedCreate = async (
  context: GatewayContext,
  references: References,
  error: unknown,
): Promise<readonly UserError[]> => {
  if (!explainable.some((type) => error instanceof type)) return toUserErrors(error);
  const { organizations, operation } = context;
  const [missing, organizationExists] = await Promise.all([
    findMissingReferences(context, references),
    error instanceof NotFoundError
      ? organizations.exists(operation, references.organizationId)
      : true,
  ]);
  if (!organizationExists) return toUserErrors(createOrganizationError(error), organizationPath);
  const notFound = missing.filter(({ code }) => code === 'NOT_FOUND');
  return notFound.length > 0 ? notFound : toUserErrors(error);
};

const hasPath = ({ path }: { readonly path: readonly string[] }): boolean => path.length > 0;

/** The reasons of a bulk create's failed chunks. An error that names a field needs no lookups. */
export const explainFailedChunks = async (
  context: GatewayContext,
  references: References,
  errors: readonly GatewayError[],
): Promise<readonly UserError[]> => {
  const explained = await Promise.all(
    errors.map(async (error) => {
      const namesField = error instanceof InputRejectedError && error.faults.some(hasPath);
      return namesField ? toUserErrors(error) : explainFailedCreate(context, references, error);
    }),
  );
  return explained.flat();
};
