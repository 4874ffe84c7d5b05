import type { MdmUserId } from '../../domain/mdm-user.ts';
import type { TokenListFilter } from '../../domain/platform.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import type { PolicyId } from '../../domain/policy.ts';
import type { EnrollmentToken, TokenOrderField, TokenState } from '../../domain/token.ts';
import type { PlacedReference } from '../types/entity.ts';

/** The times between two ISO timestamps, exclusive. A missing bound does not limit them. */
export interface TimeRange {
  readonly after?: string;
  readonly before?: string;
}

/** A filter that was read: ids are decoded, lists are sets. */
export interface TokenFilter {
  /** Null means all platforms. Empty means that no token can match: no platform is called. */
  readonly platforms: ReadonlySet<PlatformKey> | null;
  /** The conditions that the API filters by. */
  readonly upstream: TokenListFilter;
  /** The ids in the filter. Their organization is that of the connection, or null, which means the same. */
  readonly references: readonly (PlacedReference & { readonly path: readonly string[] })[];
  readonly ranges: Readonly<Partial<Record<TokenOrderField, TimeRange>>>;
  readonly states: ReadonlySet<TokenState> | null;
  readonly anyTag: ReadonlySet<string> | null;
  /** In lower case. */
  readonly search: string | null;
}

/** Restricts a filter to the tokens of one user or one policy. */
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

/** Compares texts: the times of tokens are ISO 8601 in UTC with milliseconds, whose order as texts is that in time. */
const isWithin = (time: string | null, { after, before }: TimeRange): boolean =>
  (after === undefined || (time !== null && time > after)) &&
  (before === undefined || (time !== null && time < before));

const isUnbounded = ({ after, before }: TimeRange): boolean =>
  after === undefined && before === undefined;

/**
 * Creates the test of a token against the conditions that the API cannot filter by; undefined if there are none. A range
 * of the field that the list is ordered by is not tested: paging searches for its bounds.
 */
export const createTokenTest = (
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
    if (field !== orderField && range && !isUnbounded(range)) {
      tests.push((token) => isWithin(token[field], range));
    }
  }
  return tests.length === 0 ? undefined : (token) => tests.every((test) => test(token));
};

/** The range of the field that the list is ordered by; undefined if the filter has none. */
export const findKeyRange = (
  { ranges }: TokenFilter,
  orderField: TokenOrderField,
): TimeRange | undefined => {
  const range = ranges[orderField];
  return range && !isUnbounded(range) ? range : undefined;
};

const sorted = (values: ReadonlySet<string> | null): readonly string[] | null =>
  values && [...values].sort();

/**
 * The filter as plain data. Equal filters give equal data, also if their lists are in a different order: a cursor is valid
 * only for its filter.
 */
export const toCanonicalFilter = ({
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
