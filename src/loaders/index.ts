import DataLoader from 'dataloader';
import { InputRejectedError, NotFoundError } from '../tokens/errors.ts';
import type { MdmUser, MdmUserId, MdmUsers } from '../tokens/mdm-user.ts';
import type { OrganizationId } from '../tokens/organization.ts';
import type { Platform, PlatformKey } from '../tokens/platform.ts';
import type { Policy, PolicyId } from '../tokens/policy.ts';
import { type Operation, withCause } from '../tokens/ports.ts';
import type { EnrollmentToken, TokenId } from '../tokens/token.ts';

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
  /** Takes an object that came another way and has every field; one that is already there stays. */
  prime(item: Item): void;
  /** Forgets the object after a write, here and in the cache that operations share. */
  clear(key: Key): Promise<void>;
}

/** A user by e-mail address, compared without case; null where there is none. Two matches are an InputRejectedError. */
export interface EmailLoader {
  load(key: UserEmailKey): Promise<MdmUser | null>;
  clear(key: UserEmailKey): Promise<void>;
}

/** One operation's way to objects by id; see createLoaders. */
export interface Loaders {
  readonly policy: ObjectLoader<PolicyKey, Policy>;
  readonly user: ObjectLoader<UserKey, MdmUser>;
  readonly userByEmail: EmailLoader;
  /** One call for each distinct token; tokens are never remembered beyond the operation. */
  readonly token: ObjectLoader<TokenKey, EnrollmentToken>;
}

export interface LoaderOptions {
  readonly operation: Operation;
  readonly platforms: readonly Platform[];
  readonly users: MdmUsers;
}

const createObjectLoader = <Key, Item>(
  nameOf: (key: Key) => string,
  keyOf: (item: Item) => Key,
  get: (key: Key) => Promise<Item>,
): ObjectLoader<Key, Item> => {
  const loader = new DataLoader<Key, Item, string>(
    async (keys) =>
      (await Promise.allSettled(keys.map(get))).map((outcome) =>
        outcome.status === 'fulfilled' ? outcome.value : outcome.reason,
      ),
    { cacheKeyFn: nameOf },
  );
  return {
    load: (key) => loader.load(key),
    prime: (item) => void loader.prime(keyOf(item), item),
    clear: async (key) => void loader.clear(key),
  };
};

/** The loaders of one operation: make them anew for each, as they remember what its caller could read. */
export const createLoaders = (options: LoaderOptions): Loaders => {
  const { platforms, users } = options;
  const operation = withCause(options.operation, 'lookup');
  const byKey = new Map(platforms.map((platform) => [platform.key, platform]));
  const platformOf = (key: PlatformKey): Platform => {
    const platform = byKey.get(key);
    if (!platform) throw new NotFoundError('There is no such platform.');
    return platform;
  };
  const emails = new DataLoader<UserEmailKey, MdmUser | null, string>(
    async (keys) =>
      (
        await Promise.allSettled(
          keys.map(async ({ organizationId, email }) => {
            const { items } = await users.list(operation, organizationId, {
              page: 1,
              limit: 100,
              sort: { field: 'createdAt', direction: 'descending' },
              email,
            });
            const matches = items.filter(
              (user) => user?.email?.toLowerCase() === email.toLowerCase(),
            );
            if (matches.length > 1) {
              throw new InputRejectedError([
                { path: ['email'], message: 'More than one user has this e-mail address.' },
              ]);
            }
            return matches[0] ?? null;
          }),
        )
      ).map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason)),
    { cacheKeyFn: ({ organizationId, email }) => `${organizationId}:${email.toLowerCase()}` },
  );
  return {
    policy: createObjectLoader<PolicyKey, Policy>(
      ({ platform, organizationId, id }) => `${platform}:${organizationId}:${id}`,
      ({ platform, organizationId, sourceId }) => ({ platform, organizationId, id: sourceId }),
      async ({ platform, organizationId, id }) =>
        platformOf(platform).getPolicy(operation, organizationId, id),
    ),
    user: createObjectLoader<UserKey, MdmUser>(
      ({ organizationId, id }) => `${organizationId}:${id}`,
      ({ organizationId, sourceId }) => ({ organizationId, id: sourceId }),
      async ({ organizationId, id }) => users.get(operation, organizationId, id),
    ),
    userByEmail: {
      load: (key) => emails.load(key),
      clear: async (key) => void emails.clear(key),
    },
    token: createObjectLoader<TokenKey, EnrollmentToken>(
      ({ platform, organizationId, id }) => `${platform}:${organizationId}:${id}`,
      ({ platform, organizationId, sourceId }) => ({ platform, organizationId, id: sourceId }),
      async ({ platform, organizationId, id }) =>
        platformOf(platform).getToken(operation, organizationId, id),
    ),
  };
};
