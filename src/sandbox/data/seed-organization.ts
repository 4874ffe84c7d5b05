import { isObject } from '../json.ts';
import type { Organization, PlatformStore, UserCounts } from '../organization.ts';
import type { Owner, PlatformSandbox } from '../platform.ts';
import { type Collection, createCollection } from './collection.ts';
import { addOddities } from './oddities.ts';
import { createRandom } from './random.ts';
import { type Embeds, freshTokens, seedTokens } from './seed-tokens.ts';
import { seedUsers } from './seed-users.ts';

/** The inputs of an invented organization. The same seeds give the same data. */
export interface OrganizationSeeds {
  readonly slug: string;
  readonly name: string;
  readonly seed: number;
  readonly now: Date;
  /** Over all platforms, in equal parts. */
  readonly tokens: number;
  /** Over all platforms, in equal parts. */
  readonly policies: number;
  readonly users: number;
  readonly embeds: Embeds;
  /** Whether some records have the oddities that the documentation shows. */
  readonly oddities: boolean;
  readonly collate?: (left: string, right: string) => number;
}

const dayMs = 86_400_000;
const none: UserCounts = { devices: 0, tokens: 0, pending: 0 };

/** The share of the platform at this index. The shares add up to the whole. */
const share = (whole: number, place: number, places: number) =>
  Math.floor((whole * (place + 1)) / places) - Math.floor((whole * place) / places);

const seedPolicies = (
  platform: PlatformSandbox,
  owner: Owner,
  count: number,
  { seed, now }: OrganizationSeeds,
) => {
  const random = createRandom(seed, `${platform.key} policies`);
  return Array.from({ length: count }, (_, index) => {
    const createdAtMs = now.getTime() - (800 - (index / count) * 500) * dayMs - random.below(dayMs);
    const name = platform.policyNames[index % platform.policyNames.length] ?? 'Policy';
    const round = Math.floor(index / platform.policyNames.length);
    return platform.seedPolicy({
      ...owner,
      id: random.id(createdAtMs),
      name: round === 0 ? name : `${name} ${round + 1}`,
      version: 1 + random.below(12),
      createdAt: new Date(createdAtMs).toISOString(),
      updatedAt: new Date(createdAtMs + random.below(290 * dayMs)).toISOString(),
      random,
    });
  });
};

/** Counts devices and tokens of every user of one platform. */
const countUsers = (tokens: Collection): ReadonlyMap<string, UserCounts> => {
  const counts = new Map<string, UserCounts>();
  for (const { mdmUser, state } of tokens.all()) {
    const id = isObject(mdmUser) ? mdmUser['id'] : undefined;
    if (typeof id !== 'string' || state === 'DELETED') continue;
    const { devices, tokens: number, pending } = counts.get(id) ?? none;
    counts.set(id, {
      devices: devices + (state === 'DONE' ? 1 : 0),
      tokens: number + 1,
      pending: pending + (state === 'PENDING' ? 1 : 0),
    });
  }
  return counts;
};

/** Creates an organization with invented data. */
export const seedOrganization = (
  platforms: readonly PlatformSandbox[],
  seeds: OrganizationSeeds,
): Organization => {
  const { seed, now, slug } = seeds;
  const random = createRandom(seed, `organization ${slug}`);
  const id = random.id(Date.UTC(2021, 3, 12, 9));
  const users = createCollection(seeds.collate);
  users.replaceAll(seedUsers(seeds.users, seed, now, seeds.oddities));

  const stores = platforms.map((platform, place): PlatformStore => {
    const owner = { organizationId: id, enterpriseId: random.id(Date.UTC(2021, 3, 13, 9)) };
    const policies = createCollection(seeds.collate);
    const tokens = createCollection(seeds.collate);
    policies.replaceAll(
      seedPolicies(platform, owner, share(seeds.policies, place, platforms.length), seeds),
    );
    const documents = seedTokens({
      platform,
      owner,
      count: share(seeds.tokens, place, platforms.length),
      place,
      users: users.all(),
      policies: policies.all(),
      embeds: seeds.embeds,
      seed,
      now,
    });
    tokens.replaceAll(
      seeds.oddities ? addOddities(platform, policies.all(), documents, freshTokens) : documents,
    );
    return { platform, owner, tokens, policies };
  });

  const counted = new Map<
    PlatformStore,
    { version: number; counts: ReadonlyMap<string, UserCounts> }
  >();
  return {
    id,
    slug,
    name: seeds.name,
    users,
    platforms: stores,
    random,
    platform: (key) => {
      const store = stores.find(({ platform }) => platform.key === key);
      if (store === undefined) throw new RangeError(`The sandbox has no platform ${key}.`);
      return store;
    },
    countsOf: (store, userId) => {
      const version = store.tokens.version();
      const known = counted.get(store);
      const current =
        known?.version === version ? known : { version, counts: countUsers(store.tokens) };
      counted.set(store, current);
      return current.counts.get(userId) ?? none;
    },
  };
};
