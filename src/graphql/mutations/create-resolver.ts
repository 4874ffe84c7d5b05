import type { GraphQLResolveInfo } from 'graphql';
import type { z } from 'zod';
import type { CreationKey } from '../../creation/creation-claim.ts';
import type { SentDraft } from '../../creation/read-back.ts';
import { NotFoundError } from '../../domain/errors.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { Platform, TokenDraft } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { EnrollmentToken } from '../../domain/token.ts';
import type { ObjectType } from '../builder.ts';
import type { GatewayContext } from '../context.ts';
import { findKnownOrganization } from '../queries/organization-argument.ts';
import type { Entities } from '../types/entity.ts';
import { toUserErrors, type UserError } from '../user-errors.ts';
import type { ReportOrganization } from './audit.ts';
import { createInput, type InputScope, memoizeByScope, readInput } from './create-input.ts';
import {
  explainFailedCreate,
  findMissingReferences,
  type References,
} from './missing-references.ts';
import { organizationPath, resolveInputOrganization } from './mutation-organization.ts';
import type { ExtraFields } from './mutation-types.ts';
import { findPlatform } from './token-target.ts';

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

/** What a create is for: the user of a single create, or the addresses of a bulk create. */
type CreateTarget = Pick<References, 'userId'>;

/** A create whose input was read. */
export interface CreateCall<Target> {
  readonly context: GatewayContext;
  readonly info: GraphQLResolveInfo;
  readonly platform: Platform;
  /** Null if the input has no idempotency key. */
  readonly key: CreationKey | null;
  readonly target: Target;
  readonly sent: SentDraft;
  readonly references: References;
}

/** The parts of a create that differ between creates of one token and of many. */
export interface CreateKind<Target extends CreateTarget, Payload> {
  /** The start of the mutation's name. */
  readonly verb: string;
  readonly targetInput: (scope: InputScope) => z.ZodType<Target>;
  readonly create: (call: CreateCall<Target>) => Promise<Payload>;
  /**
   * The payload of a call that created nothing. `target` is null if the input could not be read. `failure` is what ended
   * the create; it is missing with validateOnly.
   */
  readonly toFailedPayload: (
    userErrors: readonly UserError[],
    target: Target | null,
    failure?: unknown,
  ) => Payload;
}

/**
 * Reads a create's input and resolves its organization. InputRejectedError names all faults at once, with one exception:
 * if the organization is given by a slug, ids of another organization are found only after the other faults.
 */
const readCreateInput = async <Schema extends z.ZodType>(
  context: GatewayContext,
  input: CreateInput,
  reportOrganization: ReportOrganization,
  schemaOf: (organizationId: OrganizationId | null) => Schema,
) => {
  const name = input.organizationId ?? context.defaultOrganization;
  const named = { ...input, organizationId: name };
  const known = findKnownOrganization(name);
  // Rejects invalid input before the upstream call that resolves the slug.
  if (known === null) readInput(named, schemaOf(null));
  const organizationId = known ?? (await resolveInputOrganization(context, name));
  reportOrganization(organizationId);
  return { organizationId, parsed: readInput(named, schemaOf(organizationId)) };
};

/** Creates the resolver of one platform's creates of one kind. */
export const createResolver = <Target extends CreateTarget, Payload>(
  entities: Entities,
  { platform: platformKey, title, extraInput, matchesExtra }: PlatformCreates,
  { verb, targetInput, create, toFailedPayload }: CreateKind<Target, Payload>,
) => {
  const schemaOf = memoizeByScope((scope) => createInput(scope, targetInput(scope), extraInput));

  return async (
    context: GatewayContext,
    input: CreateInput,
    info: GraphQLResolveInfo,
    reportOrganization: ReportOrganization,
  ): Promise<Payload> => {
    try {
      const { organizationId, parsed } = await readCreateInput(
        context,
        input,
        reportOrganization,
        (organization) =>
          schemaOf({ entities, platform: platformKey, organizationId: organization }),
      );
      const { idempotencyKey, validateOnly, target, draft } = parsed;
      const { policyAssignments = [] }: TokenDraft = draft;
      const { userId } = target;
      const references = { platform: platformKey, organizationId, userId, policyAssignments };
      if (validateOnly) {
        return toFailedPayload(await findMissingReferences(context, references), target);
      }
      const platform = findPlatform(context, platformKey);
      const key =
        idempotencyKey === undefined
          ? null
          : {
              caller: context.creations.caller(),
              organizationId,
              mutation: `${verb}${title}`,
              idempotencyKey,
            };
      const matchesPlatform = (token: EnrollmentToken) => matchesExtra(token, draft);
      const sent = { organizationId, draft, matchesPlatform };
      try {
        return await create({ context, info, platform, key, target, sent, references });
      } catch (error) {
        return toFailedPayload(
          await explainFailedCreate(context, references, error),
          target,
          error,
        );
      }
    } catch (error) {
      // A NotFoundError is about the organization.
      const path = error instanceof NotFoundError ? organizationPath : null;
      return toFailedPayload(toUserErrors(error, path), null);
    }
  };
};
