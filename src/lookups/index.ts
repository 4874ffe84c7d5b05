import { NotFoundError } from '../domain/errors.ts';
import type { MdmUser, MdmUserId, MdmUsers } from '../domain/mdm-user.ts';
import { type Operation, withCause } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Platform } from '../domain/platform.ts';
import type { PlatformKey } from '../domain/platform-key.ts';
import type { Policy, PolicyId } from '../domain/policy.ts';
import type { EnrollmentToken, TokenId } from '../domain/token.ts';
import { emailLookup, toEmailKey } from './by-email.ts';
import { createByIdLoader } from './by-id.ts';
import { createCachedLookup } from './cached-lookup.ts';
import { createLookups, type Lookups } from './lookups.ts';
import { createObjects } from './objects.ts';
import { mostCallsPerBatch } from './plan.ts';
import { runPlannedBatch } from './planned-batch.ts';

export interface PolicyKey {
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId;
  readonly id: PolicyId;
}

export interface UserKey {
  readonly organizationId: OrganizationId;
  readonly id: MdmUserId;
}

export interface UserEmailKey {
  readonly organizationId: OrganizationId;
  readonly email: string;
}

export interface TokenKey {
  readonly platform: PlatformKey;
  readonly organizationId: OrganizationId;
  readonly id: TokenId;
}

/** Objects of one kind, by key: the same key twice in an operation is looked up once. */
export interface ObjectLoader<Key, Item> {
  /** Rejects with the key's own error (NotFoundError, ForbiddenError…), which leaves other keys alone. */
  load(key: Key): Promise<Item>;
}

/** One that also takes objects from elsewhere. */
export interface PrimedLoader<Key, Item> extends ObjectLoader<Key, Item> {
  /** Takes an object that came another way and has every field; one that is already there stays. */
  prime(item: Item): void;
}

/** A user by e-mail address, compared without case; null where there is none. Two matches are an InputRejectedError. */
export interface EmailLoader {
  load(key: UserEmailKey): Promise<MdmUser | null>;
}

/** One operation's way to objects by id; see createLoaders. */
export interface Loaders {
  readonly policy: PrimedLoader<PolicyKey, Policy>;
  readonly user: ObjectLoader<UserKey, MdmUser>;
  readonly userByEmail: EmailLoader;
  /** One call for each distinct token; tokens are never remembered beyond the operation. */
  readonly token: ObjectLoader<TokenKey, EnrollmentToken>;
}

export interface LoaderOptions {
  readonly operation: Operation;
  readonly platforms: readonly Platform[];
  readonly users: MdmUsers;
  /** What operations share. Default: nothing. */
  readonly lookups?: Lookups;
}

/** Makes a value for an organization when it is first asked for. */
const oncePerOrganization = <Value>(create: (organizationId: OrganizationId) => Value) => {
  const values = new Map<OrganizationId, Value>();
  return (organizationId: OrganizationId): Value => {
    const value = values.get(organizationId) ?? create(organizationId);
    values.set(organizationId, value);
    return value;
  };
};

const createUsers = (
  lookups: Lookups,
  operation: Operation,
  organizationId: OrganizationId,
  users: MdmUsers,
) => {
  const byId = createObjects<MdmUserId, MdmUser>(lookups, operation, organizationId, {
    name: 'user',
    list: (caller, organization, request) => users.list(caller, organization, request),
    get: (caller, organization, id) => users.get(caller, organization, id),
    mostCalls: mostCallsPerBatch.user,
  });
  const emails = emailLookup(users, organizationId, lookups.maxLimit);
  const lookup = createCachedLookup(lookups, operation, emails, byId.walkFor);
  return { byId, byEmail: createByIdLoader(operation, lookup.find) };
};

const createPolicies = (
  lookups: Lookups,
  operation: Operation,
  organizationId: OrganizationId,
  platform: Platform,
) =>
  createObjects<PolicyId, Policy>(lookups, operation, organizationId, {
    name: `policy:${platform.key}`,
    list: (caller, organization, request) => platform.listPolicies(caller, organization, request),
    get: (caller, organization, id) => platform.getPolicy(caller, organization, id),
    mostCalls: mostCallsPerBatch.policy,
  });

const createTokens = (operation: Operation, organizationId: OrganizationId, platform: Platform) =>
  createByIdLoader<TokenId, EnrollmentToken>(operation, async (ids) => {
    const { outcomes } = await runPlannedBatch(ids, {
      walk: null,
      findInList: () => undefined,
      partsAnswer: false,
      getOne: (id) => platform.getToken(operation, organizationId, id),
      mostCalls: mostCallsPerBatch.token,
    });
    return outcomes;
  });

const noSuchPlatform = (): NotFoundError => new NotFoundError('There is no such platform.');

/**
 * The loaders of one operation: make them anew for each, as they remember what its caller could read. Platforms and
 * users are best given with their reads shared (shareReads, shareUserReads), from the InFlight that the lookups have.
 */
export const createLoaders = (options: LoaderOptions): Loaders => {
  const { platforms, users, lookups = createLookups() } = options;
  const operation = withCause(options.operation, 'lookup');
  const slices = new Map(
    platforms.map((platform) => [
      platform.key,
      {
        policies: oncePerOrganization((id) => createPolicies(lookups, operation, id, platform)),
        tokens: oncePerOrganization((id) => createTokens(operation, id, platform)),
      },
    ]),
  );
  const usersOf = oncePerOrganization((id) => createUsers(lookups, operation, id, users));

  return {
    policy: {
      load: ({ platform, organizationId, id }) =>
        slices.get(platform)?.policies(organizationId).load(id) ?? Promise.reject(noSuchPlatform()),
      prime: (policy) => slices.get(policy.platform)?.policies(policy.organizationId).prime(policy),
    },
    user: {
      load: ({ organizationId, id }) => usersOf(organizationId).byId.load(id),
    },
    userByEmail: {
      load: async ({ organizationId, email }) => {
        const { byId, byEmail } = usersOf(organizationId);
        try {
          const user = await byEmail.load(toEmailKey(email));
          byId.prime(user);
          return user;
        } catch (error) {
          if (error instanceof NotFoundError) return null;
          throw error;
        }
      },
    },
    token: {
      load: ({ platform, organizationId, id }) =>
        slices.get(platform)?.tokens(organizationId).load(id) ?? Promise.reject(noSuchPlatform()),
    },
  };
};
