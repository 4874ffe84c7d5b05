import type { Random } from '../data/random.ts';
import { inventToken } from '../data/seed-tokens.ts';
import { type Document, valueAt } from '../json.ts';
import type { Organization, PlatformStore } from '../organization.ts';

/** Calls back once after the delay. Returns a function that cancels the call. */
export type Schedule = (delayMs: number, callback: () => void) => () => void;

export interface ActivityParts {
  readonly organization: Organization;
  readonly random: Random;
  /** The mean time between two steps. */
  readonly seconds: number;
  readonly now: () => Date;
  readonly schedule?: Schedule;
}

/** Changes happen to the newest tokens, which is where people look. */
const newest = 20;
const createdShare = 0.4;
const revokedShare = 0.15;

const bySystemTimer: Schedule = (delayMs, callback) => {
  const timer = setTimeout(callback, delayMs);
  return () => clearTimeout(timer);
};

/** Whether a device could enroll with the token. Some tokens have their expiry in the summary only. */
const isUsable = (token: Document, nowMs: number): boolean => {
  const expiry = token['expireAt'] ?? valueAt(token, 'summary.expirationTimestamp');
  return (
    token['state'] === 'PENDING' && (expiry === undefined || Date.parse(String(expiry)) > nowMs)
  );
};

const pickUsable = ({ tokens }: PlatformStore, nowMs: number, random: Random) => {
  const usable = tokens
    .all()
    .filter((token) => isUsable(token, nowMs))
    .slice(-newest);
  return usable[random.below(usable.length)];
};

/** One step: a device enrolls with a pending token. In some steps a token is also created or revoked. */
const step = ({ organization, random, now }: ActivityParts): void => {
  const moment = now();
  const at = moment.toISOString();
  const store = random.pick(organization.platforms);
  const { platform, owner, tokens } = store;
  const enrolled = pickUsable(store, moment.getTime(), random);
  if (enrolled !== undefined) {
    const device = { [platform.words.device]: random.id(moment.getTime()) };
    tokens.patch(enrolled.id, { ...device, state: 'DONE', updatedAt: at });
  }
  if (random.chance(createdShare)) {
    const surroundings = { platform, owner, now: moment, embeds: 'mixed' } as const;
    const users = organization.users.all();
    const policies = store.policies.all();
    tokens.add(inventToken({ ...surroundings, users, policies }, random));
  }
  const revoked = random.chance(revokedShare)
    ? pickUsable(store, moment.getTime(), random)
    : undefined;
  if (revoked !== undefined) tokens.patch(revoked.id, { state: 'DELETED', updatedAt: at });
};

/** Makes a step from time to time: after half to one and a half of the mean time. Returns a function that stops this. */
export const startActivity = (parts: ActivityParts): (() => void) => {
  const { random, seconds, schedule = bySystemTimer } = parts;
  let cancel = () => {};
  const scheduleNext = () => {
    cancel = schedule(seconds * 1000 * (0.5 + random.fraction()), () => {
      step(parts);
      scheduleNext();
    });
  };
  scheduleNext();
  return () => cancel();
};
