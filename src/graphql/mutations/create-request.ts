import type { z } from 'zod';
import type { CreationKey } from '../../creation/creation-claim.ts';
import {
  CreationFailedError,
  type GatewayError,
  InputRejectedError,
  NotFoundError,
} from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform, TokenDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { ObjectType } from '../builder.ts';
import type { GatewayContext } from '../context.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { ReportOrganization } from './audit.ts';
import { findMissingReferences, type References } from './missing-references.ts';
import {
  createOrganizationError,
  findKnownOrganization,
  organizationPath,
  resolveInputOrganization,
} from './mutation-organization.ts';
import type { ExtraFields } from './mutation-types.ts';

/** The parts of one platform's creates that differ from those of other platforms. */
export interface PlatformCreates {
  readonly platform: PlatformKey;
  /** The platform's name in the names of types and fields, e.g. `Solaris`. */
  readonly title: string;
  readonly token: ObjectType<EnrollmentToken>;
  readonly extraFields: ExtraFields;
  /** Reads the extra fields into the platform's own draft, without the keys that the input lacks. */
  readonly extraInput: z.ZodType<object>;
  /** Whether a token equals a draft in the extra fields. */
  readonly matchesExtra: (token: EnrollmentToken, draft: TokenDraft) => boolean;
}

/** The input of any create, as GraphQL passes it to the resolver. */
export type CreateInput = Readonly<Record<string, unknown>> & {
  readonly organizationId?: string | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly validateOnly?: boolean | null | undefined;
};

/** A create's input after validation, and its organization. */
interface CreateRequest<Parsed> {
  readonly organizationId: OrganizationId;
  readonly parsed: Parsed;
}

/**
 * Reads a create's input and resolves its organization. InputRejectedError names all faults at once, with one exception:
 * if the organization is given by a slug, ids of another organization are found only after the other faults.
 */
export const readCreateRequest = async <Parsed>(
  context: GatewayContext,
  input: CreateInput,
  reportOrganization: ReportOrganization,
  parse: (input: CreateInput, organizationId: OrganizationId | null) => Parsed,
): Promise<CreateRequest<Parsed>> => {
  const name = input.organizationId ?? context.defaultOrganization;
  const named = { ...input, organizationId: name };
  const known = findKnownOrganization(name);
  if (known !== null) {
    reportOrganization(known);
    return { organizationId: known, parsed: parse(named, known) };
  }
  // Rejects invalid input before the upstream call that resolves the slug.
  parse(named, null);
  const organizationId = await resolveInputOrganization(context, name);
  reportOrganization(organizationId);
  return { organizationId, parsed: parse(named, organizationId) };
};

/** The errors of an input that could not be read. A NotFoundError is then about the organization. */
export const toReadingErrors = (error: unknown): readonly UserError[] =>
  toUserErrors(error, error instanceof NotFoundError ? organizationPath : null);

/** The scope of a create's idempotency key; null if the input has no key. */
export const toCreationKey = (
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

/** The platform with this key. Throws TypeError if there is none. */
export const findPlatform = (
  { platforms }: Pick<GatewayContext, 'platforms'>,
  key: PlatformKey,
): Platform => {
  const platform = platforms.find((candidate) => candidate.key === key);
  if (!platform) throw new TypeError(`No platform ${key} is registered.`);
  return platform;
};
