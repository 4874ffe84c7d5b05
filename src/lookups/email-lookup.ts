import { InputRejectedError, NotFoundError, UpstreamUnavailableError } from '../domain/errors.ts';
import { longestEmail, type MdmUser, type MdmUsers } from '../domain/mdm-user.ts';
import type { Operation } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { LookupKind } from './cached-lookup.ts';
import type { ListScan } from './list-scan.ts';
import { maxCallsPerBatch, maxPagesPerEmail } from './plan.ts';

/** The form in which addresses are compared: without case, and without blanks around them. */
export const emailKeyOf = (email: string): string => email.trim().toLowerCase();

const hasEmail = (value: unknown, email: string): value is MdmUser =>
  typeof value === 'object' &&
  value !== null &&
  'email' in value &&
  typeof value.email === 'string' &&
  emailKeyOf(value.email) === email;

/** The only user with the address: undefined if there is none, an error if there are several. */
const onlyOne = (matches: readonly MdmUser[]): MdmUser | Error | undefined => {
  const ids = new Set(matches.map(({ sourceId }) => sourceId));
  if (ids.size <= 1) return matches[0];
  const message =
    'More than one user has this e-mail address if case is ignored. Ask for the user by id.';
  return new InputRejectedError([{ path: ['email'], message }]);
};

const notFound = (): NotFoundError => new NotFoundError('No user has this e-mail address.');

const groupByEmail = (items: Iterable<MdmUser>): ReadonlyMap<string, readonly MdmUser[]> => {
  const groups = new Map<string, MdmUser[]>();
  for (const user of items) {
    const email = emailKeyOf(user.email ?? '');
    const group = groups.get(email);
    if (group) group.push(user);
    else groups.set(email, [user]);
  }
  return groups;
};

const incompleteSearch = (reason: string): UpstreamUnavailableError =>
  new UpstreamUnavailableError(
    `${reason} It is not known whether a user has exactly this address.`,
    {
      reason: 'server',
      mayHaveArrived: false,
    },
  );

/**
 * Finds the users with exactly this address. The API's filter can match parts of addresses, so all its pages are read.
 * Throws UpstreamUnavailableError if there are too many pages, or if users were deleted while they were read, since a
 * user can then have moved to a page that was read before.
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
  for (let page = 1; page <= maxPagesPerEmail; page += 1) {
    const sort = { field: 'createdAt', direction: 'descending' } as const;
    const answer = await users.list(operation, organizationId, { page, limit, sort, email });
    matches.push(...answer.items.filter((user) => hasEmail(user, email)));
    if (count !== null && answer.totalCount !== null && answer.totalCount < count) {
      throw incompleteSearch('The list of users changed while it was read. Try again.');
    }
    count = answer.totalCount;
    if (!answer.hasNextPage || answer.items.length === 0) return matches;
  }
  throw incompleteSearch(
    `More than ${maxPagesPerEmail * limit} users match a part of the e-mail address, and the search ends there. Ask for the user by id.`,
  );
};

/**
 * Creates the lookup of users by e-mail address. Addresses are compared without case, since the API does not document
 * how its filter compares them. One address takes one filtered page. Many addresses are looked up in the complete list
 * of users if that takes fewer calls.
 */
export const createEmailLookup = (
  users: MdmUsers,
  organizationId: OrganizationId,
  maxLimit: number,
): LookupKind<string, MdmUser, MdmUser> => {
  let grouped: { scan: ListScan<MdmUser>; byEmail: ReturnType<typeof groupByEmail> } | null = null;
  return {
    name: 'user-by-email',
    organizationId,
    isKey: (email) => email.length > 0 && email.length <= longestEmail,
    isValue: hasEmail,
    findInList: (scan, email) => {
      // Called only once the scan is complete, so the groups cannot become outdated.
      if (grouped?.scan !== scan) {
        grouped = { scan, byEmail: groupByEmail(scan.items.values()) };
      }
      // Callers also ask for people who are not managed. The complete list shows that they are not.
      return onlyOne(grouped.byEmail.get(email) ?? []) ?? notFound();
    },
    valuesOf: () => [],
    isPartialListEnough: false,
    getOne: async (operation, email) => {
      const match = onlyOne(await findExact(users, operation, organizationId, email, maxLimit));
      if (match instanceof Error) throw match;
      if (match === undefined) throw notFound();
      return match;
    },
    maxCalls: maxCallsPerBatch.user,
  };
};
