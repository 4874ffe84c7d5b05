import { NotFoundError } from '../domain/errors.ts';
import type { MdmUser, MdmUserId, MdmUsers } from '../domain/mdm-user.ts';
import { type Operation, withCause } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Platform } from '../domain/platform.ts';
import type { PlatformKey } from '../domain/platform-key.ts';
import type { Policy, PolicyId } from '../domain/policy.ts';
import type { EnrollmentToken, TokenId } from '../domain/token.ts';
import { createBatchLoader } from './batch-loader.ts';
import { createCachedLookup } from './cached-lookup.ts';
import { createEmailLookup, emailKeyOf } from './email-lookup.ts';
import type { LookupDependencies } from './lookup-dependencies.ts';
import { createObjectLookup } from './object-lookup.ts';
import { maxCallsPerBatch, maxPolicyCalls } from './plan.ts';
import { createTokenLookup } from './token-lookup.ts';

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

/** Loads objects of one kind by key. An operation looks each key up once. */
export interface ObjectLoader<Key, Item> {
  /** Rejects with the key's own error, such as NotFoundError or ForbiddenError. Other keys are not affected. */
  load(key: Key): Promise<Item>;
}

/** A loader that objects read elsewhere can be added to. */
export interface PrimedLoader<Key, Item> extends ObjectLoader<Key, Item> {
  /** Adds an object that has every field, unless there already is one with its key. */
  prime(item: Item): void;
}

/** Loads a user by e-mail address, compared without case; null if there is none. Throws InputRejectedError if two match. */
export interface EmailLoader {
  load(key: UserEmailKey): Promise<MdmUser | null>;
}

/** The loaders of one operation. */
export interface Loaders {
  readonly policy: PrimedLoader<PolicyKey, Policy>;
  readonly user: ObjectLoader<UserKey, MdmUser>;
  readonly userByEmail: EmailLoader;
  /** Reads list pages if they are fewer than the ids. Tokens are never cached for other operations. */
  readonly token: ObjectLoader<TokenKey, EnrollmentToken>;
}

export interface LoaderOptions {
  readonly operation: Operation;
  readonly platforms: readonly Platform[];
  readonly users: MdmUsers;
  readonly lookups: LookupDependencies;
}

/** Creates a value for each organization when it is first asked for. */
const oncePerOrganization = <Value>(create: (organizationId: OrganizationId) => Value) => {
  const values = new Map<OrganizationId, Value>();
  return (organizationId: OrganizationId): Value => {
    const value = values.get(organizationId) ?? create(organizationId);
    values.set(organizationId, value);
    return value;
  };
};

const createUsers = (
  lookups: LookupDependencies,
  operation: Operation,
  organizationId: OrganizationId,
  users: MdmUsers,
) => {
  const byId = createObjectLookup<MdmUserId, MdmUser>(lookups, operation, organizationId, {
    name: 'user',
    list: (caller, organization, request) => users.list(caller, organization, request),
    get: (caller, organization, id) => users.get(caller, organization, id),
    maxCalls: maxCallsPerBatch.user,
  });
  const emails = createEmailLookup(users, organizationId, lookups.maxLimit);
  const lookup = createCachedLookup(lookups, operation, emails, byId.scanFor);
  return { byId, byEmail: createBatchLoader(operation, lookup.find) };
};

const createPolicies = (
  lookups: LookupDependencies,
  operation: Operation,
  organizationId: OrganizationId,
  platform: Platform,
  maxCalls: number,
) =>
  createObjectLookup<PolicyId, Policy>(lookups, operation, organizationId, {
    name: `policy:${platform.key}`,
    list: (caller, organization, request) => platform.listPolicies(caller, organization, request),
    get: (caller, organization, id) => platform.getPolicy(caller, organization, id),
    maxCalls,
  });

const noSuchPlatform = (): NotFoundError => new NotFoundError('There is no such platform.');

/**
 * Creates the loaders of one operation. Each operation needs its own, since they keep what its caller could read. The
 * platforms and users should share their reads (sharePlatformReads, shareUserReads) through the SharedReads of
 * `lookups`.
 */
export const createLoaders = (options: LoaderOptions): Loaders => {
  const { platforms, users, lookups } = options;
  const operation = withCause(options.operation, 'lookup');
  const policyCalls = maxPolicyCalls(platforms.length);
  const byPlatform = new Map(
    platforms.map((platform) => [
      platform.key,
      {
        policies: oncePerOrganization((id) =>
          createPolicies(lookups, operation, id, platform, policyCalls),
        ),
        tokens: oncePerOrganization((id) => createTokenLookup(lookups, operation, id, platform)),
      },
    ]),
  );
  const usersOf = oncePerOrganization((id) => createUsers(lookups, operation, id, users));

  return {
    policy: {
      load: ({ platform, organizationId, id }) =>
        byPlatform.get(platform)?.policies(organizationId).load(id) ??
        Promise.reject(noSuchPlatform()),
      prime: (policy) =>
        byPlatform.get(policy.platform)?.policies(policy.organizationId).prime(policy),
    },
    user: {
      load: ({ organizationId, id }) => usersOf(organizationId).byId.load(id),
    },
    userByEmail: {
      load: async ({ organizationId, email }) => {
        const { byId, byEmail } = usersOf(organizationId);
        try {
          const user = await byEmail.load(emailKeyOf(email));
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
        byPlatform.get(platform)?.tokens(organizationId).load(id) ??
        Promise.reject(noSuchPlatform()),
    },
  };
};
