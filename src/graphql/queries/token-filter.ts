import { type InputFault, InputRejectedError } from '../../domain/errors.ts';
import { type MdmUserId, toMdmUserId } from '../../domain/mdm-user.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { TokenListFilter } from '../../domain/platform.ts';
import { type PlatformKey, toPlatformKey } from '../../domain/platform-key.ts';
import { type PolicyId, toPolicyId } from '../../domain/policy.ts';
import type { EnrollmentToken, TokenOrderField, TokenState } from '../../domain/token.ts';
import type { SchemaParts } from '../schema-parts.ts';
import type { Entities, EntityReference } from '../types/entity.ts';

/** EnrollmentTokenFilter as GraphQL hands it over. */
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

const summaryExpiry =
  "In the order EXPIRES_AT the list's own key is searched: a token that tells its expiry only in the API's summary has none, and does not match either.";

/** Adds EnrollmentTokenFilter. */
export const defineTokenFilter = ({ builder, refs }: SchemaParts) =>
  builder.inputType('EnrollmentTokenFilter', {
    description:
      "All given conditions hold. The first four are the API's own; for the rest the gateway scans at most MAX_SCAN_ITEMS items a page, over all platforms; past that the page is short and endCursor goes on.",
    fields: (t) => ({
      platforms: t.field({
        type: [refs.platformInput],
        description: 'Only these platforms; the others are not called.',
      }),
      userId: t.id({ description: 'An MdmUser id.' }),
      policyId: t.id({ description: 'An MdmPolicy id; it belongs to one platform.' }),
      includeDeleted: t.boolean({
        required: true,
        defaultValue: false,
        description: 'Also revoked tokens; implied by states that name DELETED.',
      }),
      states: t.field({
        type: [refs.tokenState],
        description: 'In one of these states.',
      }),
      anyTag: t.stringList({ description: 'Has at least one of these tags.' }),
      search: t.string({
        description:
          "Case-insensitive, anywhere in the display name, the user's e-mail, the enrollment code or a tag.",
      }),
      createdAfter: t.field({ type: 'DateTime', description: 'Created later than this.' }),
      createdBefore: t.field({ type: 'DateTime', description: 'Created earlier than this.' }),
      expiresAfter: t.field({
        type: 'DateTime',
        description: `Expires later than this. Tokens that never expire do not match. ${summaryExpiry}`,
      }),
      expiresBefore: t.field({
        type: 'DateTime',
        description: `Expires earlier than this. Tokens that never expire do not match. ${summaryExpiry}`,
      }),
    }),
  });

/** Keys strictly between two ISO timestamps; an absent bound is open. */
export interface KeyRange {
  readonly after?: string;
  readonly before?: string;
}

/** A filter in the domain's terms. */
export interface TokenFilter {
  /** Null: every platform. Empty: nothing can match, so none is called. */
  readonly platforms: ReadonlySet<PlatformKey> | null;
  /** What the API filters by itself. */
  readonly upstream: TokenListFilter;
  /** Ids whose organization must be the connection's. */
  readonly references: readonly (EntityReference & { readonly path: readonly string[] })[];
  readonly ranges: Readonly<Partial<Record<TokenOrderField, KeyRange>>>;
  readonly states: ReadonlySet<TokenState> | null;
  readonly anyTag: ReadonlySet<string> | null;
  /** In lower case. */
  readonly search: string | null;
}

const rangeOf = (after: Date | null | undefined, before: Date | null | undefined): KeyRange => ({
  ...(after ? { after: after.toISOString() } : {}),
  ...(before ? { before: before.toISOString() } : {}),
});

/** Whether no key can lie within. */
const isEmpty = ({ after, before }: KeyRange): boolean =>
  after !== undefined && before !== undefined && after >= before;

const orNull = <Item>(values: readonly Item[] | null | undefined): ReadonlySet<Item> | null =>
  values ? new Set(values) : null;

/** Reads the filter; InputRejectedError names every id that is malformed or of the wrong kind. */
export const readTokenFilter = (
  entities: Entities,
  input: TokenFilterInput | null | undefined,
): TokenFilter => {
  const faults: InputFault[] = [];
  const reference = (name: 'userId' | 'policyId', kind: 'user' | 'policy') => {
    const value = input?.[name];
    if (value == null) return null;
    const path = ['filter', name];
    try {
      return { ...entities.decodeKind(kind, value, path), path };
    } catch (error) {
      if (!(error instanceof InputRejectedError)) throw error;
      faults.push(...error.faults);
      return null;
    }
  };
  const user = reference('userId', 'user');
  const policy = reference('policyId', 'policy');
  if (faults.length > 0) throw new InputRejectedError(faults);

  const chosen = orNull(input?.platforms?.map(toPlatformKey));
  const platforms = policy?.platform
    ? new Set(!chosen || chosen.has(policy.platform) ? [policy.platform] : [])
    : chosen;
  const states = orNull(input?.states);
  const anyTag = orNull(input?.anyTag);
  const ranges = {
    createdAt: rangeOf(input?.createdAfter, input?.createdBefore),
    expiresAt: rangeOf(input?.expiresAfter, input?.expiresBefore),
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

/** InputRejectedError where an id of the filter belongs to another organization. */
export const checkFilterOrganization = (
  { references }: TokenFilter,
  organizationId: OrganizationId,
): void => {
  const faults = references
    .filter((reference) => reference.organizationId !== organizationId)
    .map(({ path }) => ({
      path,
      message: `${path.join('.')} belongs to another organization than the one asked for.`,
    }));
  if (faults.length > 0) throw new InputRejectedError(faults);
};

/** The same tokens, of one user or one policy only. */
export const narrowFilter = (
  filter: TokenFilter,
  to:
    | { readonly userId: MdmUserId }
    | { readonly policyId: PolicyId; readonly platform: PlatformKey },
): TokenFilter => {
  const { upstream } = filter;
  const none = new Set<PlatformKey>();
  if ('userId' in to) {
    const contradicts = upstream.userId !== undefined && upstream.userId !== to.userId;
    return {
      ...filter,
      platforms: contradicts ? none : filter.platforms,
      upstream: { ...upstream, userId: to.userId },
    };
  }
  const contradicts =
    (upstream.policyId !== undefined && upstream.policyId !== to.policyId) ||
    (filter.platforms !== null && !filter.platforms.has(to.platform));
  return {
    ...filter,
    platforms: contradicts ? none : new Set([to.platform]),
    upstream: { ...upstream, policyId: to.policyId },
  };
};

/** Times as tokens show them: ISO 8601 in UTC with milliseconds, which compare as texts. */
const isWithin = (key: string | null, { after, before }: KeyRange): boolean =>
  (after === undefined || (key !== null && key > after)) &&
  (before === undefined || (key !== null && key < before));

const isOpen = ({ after, before }: KeyRange): boolean =>
  after === undefined && before === undefined;

/**
 * What the API cannot filter by, as a test of each token; undefined where nothing is left to test. A range over the
 * order's own key is left out: paging searches for its near end.
 */
export const matcherOf = (
  { states, anyTag, search, ranges }: TokenFilter,
  orderField: TokenOrderField,
): ((token: EnrollmentToken) => boolean) | undefined => {
  const tests: ((token: EnrollmentToken) => boolean)[] = [];
  if (states) tests.push(({ state }) => states.has(state));
  if (anyTag) tests.push(({ tags }) => tags.some((tag) => anyTag.has(tag)));
  if (search !== null) {
    tests.push(({ displayName, user, enrollmentCode, tags }) =>
      [displayName, user?.embeddedFields.email, enrollmentCode, ...tags].some(
        (text) => text?.toLowerCase().includes(search) ?? false,
      ),
    );
  }
  for (const field of ['createdAt', 'expiresAt'] as const) {
    const range = ranges[field];
    if (field !== orderField && range && !isOpen(range)) {
      tests.push((token) => isWithin(token[field], range));
    }
  }
  return tests.length === 0 ? undefined : (token) => tests.every((test) => test(token));
};

/** The range over the order's own key. Paging searches for its near end. */
export const soughtRange = (
  { ranges }: TokenFilter,
  orderField: TokenOrderField,
): KeyRange | undefined => {
  const range = ranges[orderField];
  return range && !isOpen(range) ? range : undefined;
};

const sorted = (values: ReadonlySet<string> | null): readonly string[] | null =>
  values && [...values].sort();

/** The filter as plain data in one form, whatever order its lists came in: cursors are bound to it. */
export const canonicalFilter = ({
  platforms,
  upstream,
  ranges,
  states,
  anyTag,
  search,
}: TokenFilter): unknown => ({
  platforms: sorted(platforms),
  userId: upstream.userId ?? null,
  policyId: upstream.policyId ?? null,
  includeDeleted: upstream.includeDeleted,
  ranges,
  states: sorted(states),
  anyTag: sorted(anyTag),
  search,
});
