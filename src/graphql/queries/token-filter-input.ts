import { type InputFault, InputRejectedError } from '../../domain/errors.ts';
import { toMdmUserId } from '../../domain/mdm-user.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import { type PlatformKey, toPlatformKey } from '../../domain/platform-key.ts';
import { toPolicyId } from '../../domain/policy.ts';
import type { TokenState } from '../../domain/token.ts';
import { orSourceId } from '../global-id.ts';
import type { SchemaParts } from '../schema-parts.ts';
import type { Entities, MissingPlatform } from '../types/entity.ts';
import type { TimeRange, TokenFilter } from './token-filter.ts';

/** EnrollmentTokenFilter as GraphQL passes it to the resolver. */
export interface TokenFilterInput {
  readonly platforms?: readonly string[] | null | undefined;
  readonly userId?: string | null | undefined;
  readonly policyId?: string | null | undefined;
  readonly includeDeleted: boolean;
  readonly states?: readonly TokenState[] | null | undefined;
  readonly anyTag?: readonly string[] | null | undefined;
  readonly search?: string | null | undefined;
  readonly createdAfter?: Date | null | undefined;
  readonly createdBefore?: Date | null | undefined;
  readonly expiresAfter?: Date | null | undefined;
  readonly expiresBefore?: Date | null | undefined;
}

const expiryInSummary =
  "In the order EXPIRES_AT, tokens whose expiry is only in the REST API's summary do not match either.";

/** Adds EnrollmentTokenFilter. */
export const defineTokenFilter = ({ builder, refs }: SchemaParts) =>
  builder.inputType('EnrollmentTokenFilter', {
    description:
      'A token must meet all given conditions. The REST API applies platforms, userId, policyId and includeDeleted. For the others the gateway reads at most MAX_SCAN_ITEMS items for a page, over all platforms. A page that reaches this limit is short: continue from endCursor.',
    fields: (t) => ({
      platforms: t.field({
        type: [refs.platformInput],
        description: 'Only tokens of these platforms. The others are not called.',
      }),
      userId: t.id({
        description: `Only tokens of this user: the id of an MdmUser, ${orSourceId}.`,
      }),
      policyId: t.id({
        description: `Only tokens that assign this policy: the id of an MdmPolicy, ${orSourceId}. A policy belongs to one platform: with an id of the REST API, platforms names it, unless the connection is that of a policy.`,
      }),
      includeDeleted: t.boolean({
        required: true,
        defaultValue: false,
        description:
          'Whether to include revoked tokens. They are also included if states contains DELETED.',
      }),
      states: t.field({
        type: [refs.tokenState],
        description: 'Only tokens in one of these states.',
      }),
      anyTag: t.stringList({ description: 'Only tokens with at least one of these tags.' }),
      search: t.string({
        description:
          "Only tokens with this text in the display name, the user's e-mail address, the enrollment code or a tag. Case does not matter.",
      }),
      createdAfter: t.field({
        type: 'DateTime',
        description: 'Only tokens created later than this.',
      }),
      createdBefore: t.field({
        type: 'DateTime',
        description: 'Only tokens created earlier than this.',
      }),
      expiresAfter: t.field({
        type: 'DateTime',
        description: `Only tokens that expire later than this. Tokens that never expire do not match. ${expiryInSummary}`,
      }),
      expiresBefore: t.field({
        type: 'DateTime',
        description: `Only tokens that expire earlier than this. Tokens that never expire do not match. ${expiryInSummary}`,
      }),
    }),
  });

const toRange = (after: Date | null | undefined, before: Date | null | undefined): TimeRange => ({
  ...(after ? { after: after.toISOString() } : {}),
  ...(before ? { before: before.toISOString() } : {}),
});

/** Whether no time is within the range. */
const isEmpty = ({ after, before }: TimeRange): boolean =>
  after !== undefined && before !== undefined && after >= before;

const toSet = <Item>(values: readonly Item[] | null | undefined): ReadonlySet<Item> | null =>
  values ? new Set(values) : null;

/**
 * Reads a filter. InputRejectedError names every id that is malformed or of the wrong kind. An id of the REST API belongs to
 * the organization of the connection, and a policy's to the only platform in the filter. The connection of one policy needs
 * no platform: it compares the policy's id with its own.
 */
export const readTokenFilter = (
  entities: Entities,
  input: TokenFilterInput | null | undefined,
  isOfPolicy: boolean,
): TokenFilter => {
  const faults: InputFault[] = [];
  const chosen = toSet(input?.platforms?.map(toPlatformKey));
  const [only, ...others] = chosen ?? [];
  const policyPlatform =
    only !== undefined && others.length === 0
      ? only
      : { toAdd: 'platforms with the one platform of the policy' };
  const readReference = (
    name: 'userId' | 'policyId',
    kind: 'user' | 'policy',
    platform: PlatformKey | MissingPlatform | null,
  ) => {
    const value = input?.[name];
    if (value == null) return null;
    const path = ['filter', name];
    try {
      return { ...entities.decodeInPlace(kind, value, path, platform), path };
    } catch (error) {
      if (!(error instanceof InputRejectedError)) throw error;
      faults.push(...error.faults);
      return null;
    }
  };
  const user = readReference('userId', 'user', null);
  const policy = readReference('policyId', 'policy', isOfPolicy ? null : policyPlatform);
  if (faults.length > 0) throw new InputRejectedError(faults);

  const platforms = policy?.platform
    ? new Set(!chosen || chosen.has(policy.platform) ? [policy.platform] : [])
    : chosen;
  const states = toSet(input?.states);
  const anyTag = toSet(input?.anyTag);
  const ranges = {
    createdAt: toRange(input?.createdAfter, input?.createdBefore),
    expiresAt: toRange(input?.expiresAfter, input?.expiresBefore),
  };
  const matchesNothing =
    states?.size === 0 || anyTag?.size === 0 || Object.values(ranges).some(isEmpty);
  return {
    platforms: matchesNothing ? new Set() : platforms,
    upstream: {
      ...(user ? { userId: toMdmUserId(user.sourceId) } : {}),
      ...(policy ? { policyId: toPolicyId(policy.sourceId) } : {}),
      includeDeleted: (input?.includeDeleted ?? false) || (states?.has('DELETED') ?? false),
    },
    references: [user, policy].filter((it) => it !== null),
    ranges,
    states,
    anyTag,
    search: input?.search?.trim().toLowerCase() || null,
  };
};

/** Throws InputRejectedError if an id of the filter belongs to another organization. */
export const checkFilterOrganization = (
  { references }: Pick<TokenFilter, 'references'>,
  organizationId: OrganizationId,
): void => {
  const faults = references
    .filter((reference) => (reference.organizationId ?? organizationId) !== organizationId)
    .map(({ path }) => ({
      path,
      message: `${path.join('.')} belongs to another organization than the one that is queried.`,
    }));
  if (faults.length > 0) throw new InputRejectedError(faults);
};
