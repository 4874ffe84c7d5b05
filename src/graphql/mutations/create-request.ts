import type { CreationKey } from '../../creation/creation.ts';
import {
  CreationFailedError,
  type GatewayError,
  InputRejectedError,
  NotFoundError,
} from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { GatewayContext } from '../context.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { NoteOrganization } from './audit.ts';
import { missingReferences, type References } from './missing-references.ts';
import {
  inputOrganization,
  knownOrganization,
  organizationMissing,
  organizationPath,
} from './mutation-organization.ts';

/** The input of any create, as GraphQL hands it over. */
export type CreateInput = Readonly<Record<string, unknown>> & {
  readonly organizationId?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly validateOnly?: boolean | null | undefined;
};

/** An input that was read, and the organization that it is about. */
export interface CreateCall<Parsed> {
  readonly organizationId: OrganizationId;
  readonly parsed: Parsed;
}

/**
 * Reads an input within its organization. All faults are named at once; only where the organization is a slug that has
 * to be looked up first, ids of another organization are told of afterwards.
 */
export const readCall = async <Parsed>(
  context: GatewayContext,
  input: CreateInput,
  note: NoteOrganization,
  parse: (input: CreateInput, organizationId: OrganizationId | null) => Parsed,
): Promise<CreateCall<Parsed>> => {
  const name = input.organizationId ?? context.defaultOrganization;
  const named = { ...input, organizationId: name };
  const known = knownOrganization(name);
  if (known !== null) {
    note(known);
    return { organizationId: known, parsed: parse(named, known) };
  }
  // Reports invalid input before the call that resolves the organization.
  parse(named, null);
  const organizationId = await inputOrganization(context, name);
  note(organizationId);
  return { organizationId, parsed: parse(named, organizationId) };
};

/** What a create's idempotency key counts for; null where it has none. */
export const keyOf = (
  context: GatewayContext,
  organizationId: OrganizationId,
  mutation: string,
  idempotencyKey: string | undefined,
): CreationKey | null =>
  idempotencyKey === undefined
    ? null
    : { caller: context.creations.caller(), organizationId, mutation, idempotencyKey };

const explainable = [NotFoundError, CreationFailedError, InputRejectedError];

/**
 * Why a create was refused: what it names and does not exist, where that is the reason, else what the API said, which
 * answers alike whatever is missing.
 */
export const explainRefusal = async (
  context: GatewayContext,
  references: References,
  error: unknown,
): Promise<readonly UserError[]> => {
  if (!explainable.some((refusal) => error instanceof refusal)) return toUserErrors(error);
  const { organizations, operation } = context;
  const [missing, organizationExists] = await Promise.all([
    missingReferences(context, references),
    error instanceof NotFoundError
      ? organizations.exists(operation, references.organizationId)
      : true,
  ]);
  if (!organizationExists) return toUserErrors(organizationMissing(error), organizationPath);
  const known = missing.filter(({ code }) => code === 'NOT_FOUND');
  return known.length > 0 ? known : toUserErrors(error);
};

/** Why a bulk create was refused, wholly or in part, where nothing in it told so by itself. */
export const explainRefusals = async (
  context: GatewayContext,
  references: References,
  errors: readonly GatewayError[],
): Promise<readonly UserError[]> => {
  const explained = await Promise.all(
    errors.map(async (error) => {
      const namesItself = error instanceof InputRejectedError && error.faults.some(hasPath);
      return namesItself ? toUserErrors(error) : explainRefusal(context, references, error);
    }),
  );
  return explained.flat();
};

const hasPath = ({ path }: { readonly path: readonly string[] }): boolean => path.length > 0;

/** The platform of that name. */
export const platformOf = (
  { platforms }: Pick<GatewayContext, 'platforms'>,
  key: PlatformKey,
): Platform => {
  const platform = platforms.find((candidate) => candidate.key === key);
  if (!platform) throw new TypeError(`No platform ${key} is registered.`);
  return platform;
};
