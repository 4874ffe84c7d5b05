import { InputRejectedError, NotFoundError, UpstreamUnavailableError } from '../domain/errors.ts';
import type { MdmUser, MdmUsers } from '../domain/mdm-user.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { LookupKind } from './cached-lookup.ts';
import type { ListWalk } from './list-walk.ts';
import { mostCallsPerBatch, mostPagesPerEmail } from './plan.ts';

/** The form in which addresses are compared. */
export const toEmailKey = (email: string): string => email.trim().toLowerCase();

const longestEmail = 128;

const hasEmail = (value: unknown, email: string): value is MdmUser =>
  typeof value === 'object' &&
  value !== null &&
  'email' in value &&
  typeof value.email === 'string' &&
  toEmailKey(value.email) === email;

/** The only user with the address; undefined where there is none, an error rather than a pick where there are more. */
const onlyOne = (matches: readonly MdmUser[]): MdmUser | Error | undefined => {
  const ids = new Set(matches.map(({ sourceId }) => sourceId));
  if (ids.size <= 1) return matches[0];
  const message =
    'More than one user has this e-mail address, but for upper and lower case. Ask for the user by id.';
  return new InputRejectedError([{ path: ['email'], message }]);
};

const nobody = (): NotFoundError => new NotFoundError('No user has this e-mail address.');

const groupByEmail = (items: Iterable<MdmUser>): ReadonlyMap<string, readonly MdmUser[]> => {
  const groups = new Map<string, MdmUser[]>();
  for (const user of items) {
    const email = toEmailKey(user.email ?? '');
    const group = groups.get(email);
    if (group) group.push(user);
    else groups.set(email, [user]);
  }
  return groups;
};

const unfinished = (why: string): UpstreamUnavailableError =>
  new UpstreamUnavailableError(`${why} Whether a user has exactly this address is not known.`, {
    reason: 'server',
    mayHaveArrived: false,
  });

/**
 * The users whose address is exactly this one. The API's filter may find parts of addresses, so its pages are read to the
 * last one. Throws UpstreamUnavailableError where they are too many, or where users were deleted meanwhile and one may
 * have moved to a page that was read before.
 */
const findExact = async (
  users: MdmUsers,
  operation: Operation,
  organizationId: OrganizationId,
  email: string,
  limit: number,
): Promise<readonly MdmUser[]> => {
  const matches: MdmUser[] = [];
  let count: number | null = null;
  for (let page = 1; page <= mostPagesPerEmail; page += 1) {
    const sort = { field: 'createdAt', direction: 'descending' } as const;
    const answer = await users.list(operation, organizationId, { page, limit, sort, email });
    matches.push(...answer.items.filter((user) => hasEmail(user, email)));
    if (count !== null && answer.totalCount !== null && answer.totalCount < count) {
      throw unfinished('The list of users changed while it was read. Try again.');
    }
    count = answer.totalCount;
    if (!answer.hasNextPage || answer.items.length === 0) return matches;
  }
  throw unfinished(
    `More than ${mostPagesPerEmail * limit} users match a part of the e-mail address, which is as far as the search goes. Ask for the user by id.`,
  );
};

/**
 * Users by e-mail address, compared without case (the API does not say how its filter compares). Many addresses are
 * found in the whole list of users where that costs fewer calls; one by one, each costs a filtered page.
 */
export const emailLookup = (
  users: MdmUsers,
  organizationId: OrganizationId,
  maxLimit: number,
): LookupKind<string, MdmUser, MdmUser> => {
  let grouped: { walk: ListWalk<MdmUser>; byEmail: ReturnType<typeof groupByEmail> } | null = null;
  return {
    name: 'user-by-email',
    organizationId,
    isKey: (email) => email.length > 0 && email.length <= longestEmail,
    isValue: hasEmail,
    findInList: (walk, email) => {
      // Asked only once the walk is whole, so that the groups stay true.
      if (grouped?.walk !== walk) {
        grouped = { walk, byEmail: groupByEmail(walk.items.values()) };
      }
      // A company asks for many people who are not managed: the whole list answers for them, too.
      return onlyOne(grouped.byEmail.get(email) ?? []) ?? nobody();
    },
    listed: () => [],
    partsAnswer: false,
    getOne: async (operation, email) => {
      const match = onlyOne(await findExact(users, operation, organizationId, email, maxLimit));
      if (match instanceof Error) throw match;
      if (match === undefined) throw nobody();
      return match;
    },
    mostCalls: mostCallsPerBatch.user,
  };
};
