import type { Document, Json } from '../json.ts';
import type { Owner, PlatformSandbox } from '../platform.ts';
import { invitations, teams, tokenTags } from './names.ts';
import { createRandom, type Random } from './random.ts';
import { type Assignment, nameOf, renderToken } from './token.ts';

/** How much of their policies and users the tokens embed: a realistic mix, as little as possible, or everything. */
export type Embeds = 'mixed' | 'none' | 'whole';

/** What a token is invented from. */
export interface TokenSurroundings {
  readonly platform: PlatformSandbox;
  readonly owner: Owner;
  readonly users: readonly Document[];
  readonly policies: readonly Document[];
  readonly embeds: Embeds;
  readonly now: Date;
}

export interface TokenSeeds extends TokenSurroundings {
  readonly count: number;
  /** The index of the platform. It makes the newest tokens of the platforms alternate. */
  readonly place: number;
  readonly seed: number;
}

interface Moment {
  readonly createdAtMs: number;
  readonly user: Document | undefined;
  /** Whether it is one of the pending tokens without oddities that a first query shows. */
  readonly fresh: boolean;
}

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;
/** The number of newest tokens of a platform that are pending, recent and without oddities. */
export const freshTokens = 8;
/** Sizes of the bulk creates, as fractions of a platform's tokens. The tokens of one bulk create share `createdAt`. */
const bulkParts = [0.08, 0.04, 0.024, 0.016, 0.012, 0.008];

/** The distribution is skewed: a few users have many tokens, most users have some. */
const pickUser = (users: readonly Document[], random: Random) =>
  users[Math.floor(users.length * random.fraction() ** 1.8)];

/** When and for whom tokens were made, oldest first. */
const planMoments = ({ count, place, users, now, platform, seed }: TokenSeeds): Moment[] => {
  const random = createRandom(seed, `${platform.key} moments`);
  const moments: Moment[] = [];
  const nowMs = now.getTime();
  const named = users.filter(({ name }) => name !== null);
  for (let index = 0; index < Math.min(freshTokens, count); index += 1) {
    const minutes = 6 + index * 13 + place * 5 + random.below(4);
    const createdAtMs = nowMs - minutes * minuteMs - random.below(minuteMs);
    moments.push({ createdAtMs, user: named[random.below(named.length)], fresh: true });
  }
  // The times are the same on every platform, so that lists of different platforms have equal sort keys.
  const shared = createRandom(seed, 'bulk creates');
  for (const [group, part] of bulkParts.entries()) {
    const createdAtMs = nowMs - (group * 23 + 2) * dayMs - shared.below(dayMs);
    const size = Math.min(Math.round(count * part), count - moments.length);
    for (let index = 0; index < size; index += 1) {
      moments.push({ createdAtMs, user: users[index % users.length], fresh: false });
    }
  }
  while (moments.length < count) {
    const days = 0.2 + 420 * random.fraction() ** 1.7;
    const createdAtMs = Math.floor(nowMs - days * dayMs);
    moments.push({ createdAtMs, user: pickUser(users, random), fresh: false });
  }
  return moments.sort((left, right) => left.createdAtMs - right.createdAtMs);
};

const pickState = (expiresAtMs: number | null, nowMs: number, random: Random) => {
  const luck = random.fraction();
  if (expiresAtMs === null) return luck < 0.6 ? 'PENDING' : luck < 0.9 ? 'DONE' : 'DELETED';
  if (expiresAtMs > nowMs) return luck < 0.85 ? 'PENDING' : luck < 0.95 ? 'DONE' : 'DELETED';
  // Some tokens have expired and are still PENDING: the API marks expiry late.
  return luck < 0.55 ? 'DONE' : luck < 0.88 ? 'EXPIRED' : luck < 0.96 ? 'DELETED' : 'PENDING';
};

const embed = (
  policy: Document,
  embeds: Embeds,
  fresh: boolean,
  random: Random,
): Json | undefined => {
  if (embeds === 'none') return undefined;
  if (embeds === 'whole') return policy;
  const luck = random.fraction();
  if (fresh || luck < 0.55) return nameOf(policy);
  return luck < 0.75 ? policy : luck < 0.9 ? {} : undefined;
};

const assign = (seeds: TokenSurroundings, fresh: boolean, random: Random): Assignment[] => {
  const number = fresh ? 1 + random.below(2) : random.pick([0, 1, 1, 1, 2, 2, 3]);
  const assignments: Assignment[] = random.sample(seeds.policies, number).map((policy) => ({
    policyId: policy.id,
    policy: embed(policy, seeds.embeds, fresh, random),
    priority: random.pick([0, 10, 10, 50, 100, 100, 500]),
  }));
  // The id of a policy that was deleted later.
  if (!fresh && seeds.embeds === 'mixed' && random.chance(0.015)) {
    assignments.push({ policyId: random.id(seeds.now.getTime() - 700 * dayMs), priority: 1000 });
  }
  return assignments;
};

/** A twentieth of the older tokens has one of the first policies as its legacy policy. */
const pickLegacyPolicy = (seeds: TokenSurroundings, fresh: boolean, random: Random) =>
  fresh || random.chance(0.95) ? undefined : seeds.policies[random.below(3)];

const seedToken = (seeds: TokenSurroundings, moment: Moment, random: Random): Document => {
  const { platform, now } = seeds;
  const { createdAtMs, user, fresh } = moment;
  const nowMs = now.getTime();
  const days = random.pick(fresh ? [3, 7, 14] : [1, 1, 3, 7, 14, 30]);
  const expiresAtMs = !fresh && random.chance(0.04) ? null : createdAtMs + days * dayMs;
  const state = fresh ? 'PENDING' : pickState(expiresAtMs, nowMs, random);
  const changedAtMs =
    state === 'PENDING' ? createdAtMs : Math.min(nowMs, createdAtMs + random.below(days * dayMs));
  const name = String(user?.['name'] ?? 'Spare');
  return renderToken(platform, {
    id: random.id(createdAtMs),
    owner: seeds.owner,
    user:
      user === undefined
        ? null
        : { id: user.id, ...(seeds.embeds === 'none' ? {} : { email: user['email'] }) },
    deviceId: state === 'DONE' ? random.id(changedAtMs) : undefined,
    displayName: `${random.pick(platform.deviceModels)} - ${name}`,
    tags: [random.pick(teams), ...random.sample(tokenTags, random.below(3))],
    state,
    createdAt: new Date(createdAtMs).toISOString(),
    updatedAt: new Date(changedAtMs).toISOString(),
    expiresAt: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
    expiryInSummaryOnly: !fresh && expiresAtMs !== null && random.chance(0.03),
    legacyPolicy: pickLegacyPolicy(seeds, fresh, random),
    assignments: assign(seeds, fresh, random),
    sendEmail: random.chance(0.7),
    emailText: random.chance(0.6) ? random.pick(invitations) : undefined,
    segmentId: random.below(4),
    extras: platform.seedExtras(random),
    random,
  });
};

/** Invents a token that was created at `now`, for one of the users who have a name. It is pending and without oddities. */
export const inventToken = (seeds: TokenSurroundings, random: Random): Document => {
  const named = seeds.users.filter(({ name }) => name !== null);
  const user = named[random.below(named.length)];
  return seedToken(seeds, { createdAtMs: seeds.now.getTime(), user, fresh: true }, random);
};

/** Invents a platform's tokens, oldest first. The newest ones are pending, recent and without oddities. */
export const seedTokens = (seeds: TokenSeeds): readonly Document[] => {
  const random = createRandom(seeds.seed, `${seeds.platform.key} tokens`);
  return planMoments(seeds).map((moment) => seedToken(seeds, moment, random));
};
