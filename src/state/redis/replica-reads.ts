import type { Redis } from 'ioredis';
import { z } from 'zod';
import {
  liveBurstMs,
  liveCallMs,
  type ReadState,
  type ReplicaReads,
} from '../../domain/replica-reads.ts';
import { createRedisFallback } from './redis-fallback.ts';
import type { ReplicaMessages } from './replica-messages.ts';

/** How long a state is kept after the last reading, in intervals. Later, nobody can be sure to miss nothing from there on. */
const stateIntervals = 2;

/** What Redis answers to PTTL for a key that never expires. Turns do; something else must have changed it. */
const noExpiry = -1;

/** How soon to ask again if the turn of another replica has just ended. */
const smallestWaitMs = 10;

/** Stores a state, and begins an interval. Returns whether the versions are other ones than before. */
const announceScript = `
redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
local before = redis.call('HGET', KEYS[2], 'versions')
redis.call('HSET', KEYS[2], 'versions', ARGV[3], 'cursor', ARGV[4])
redis.call('PEXPIRE', KEYS[2], ARGV[2])
if before == ARGV[3] then return 0 end
return 1
`;

/**
 * Counts calls by the clock of Redis, since the clocks of replicas differ. The stored number is the time at which all counted
 * calls are within the share. Numbers are returned as strings, since Redis would truncate them to integers.
 */
const reserveScript = `
local now = redis.call('TIME')
local nowMs = now[1] * 1000 + now[2] / 1000
local callMs, burstMs, calls = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local coveredMs = tonumber(redis.call('GET', KEYS[1]) or 0)
coveredMs = math.max(coveredMs, nowMs - burstMs) + calls * callMs
local keepMs = math.max(1, math.ceil(coveredMs - nowMs + burstMs))
if calls ~= 0 then redis.call('SET', KEYS[1], string.format('%.3f', coveredMs), 'PX', keepMs) end
return tostring(math.max(0, coveredMs - nowMs))
`;

const storedState = z.tuple([z.string(), z.string()]);

const toState = (reply: unknown): ReadState | null => {
  const { data } = storedState.safeParse(reply);
  return data ? { versions: data[0], cursor: data[1] || null } : null;
};

/** Creates what replicas share that follow the same lists. While Redis fails, `memory` is used instead. */
export const createRedisReplicaReads = (
  redis: Redis,
  messages: ReplicaMessages,
  memory: ReplicaReads,
  requestsPerHour: number,
  nowMs: () => number,
): ReplicaReads => {
  const callMs = liveCallMs(requestsPerHour);
  const turnKey = (follower: string): string => `gateway:live:turn:${follower}`;
  const stateKey = (follower: string): string => `gateway:live:state:${follower}`;
  const fallback = createRedisFallback(nowMs);

  return {
    takeTurn: (follower, forMs) =>
      fallback.run(
        async () => {
          const turnMs = Math.ceil(forMs);
          const replies = await redis
            .pipeline()
            .set(turnKey(follower), '1', 'PX', turnMs, 'NX')
            .pttl(turnKey(follower))
            .hmget(stateKey(follower), 'versions', 'cursor')
            .exec();
          const [taken, left, state] = (replies ?? []).map(([error, reply]) => {
            if (error !== null) throw error;
            return reply;
          });
          const leftMs = Number(left);
          // The interval of the other replica is longer. Its turn would keep this one from reading for as long.
          const isTooLong = leftMs > turnMs || leftMs === noExpiry;
          if (isTooLong) await redis.pexpire(turnKey(follower), turnMs);
          return {
            isMine: taken === 'OK',
            waitMs: isTooLong ? turnMs : Math.max(smallestWaitMs, leftMs),
            state: toState(state),
          };
        },
        () => memory.takeTurn(follower, forMs),
      ),
    announce: (follower, state, forMs) =>
      fallback.run(
        async () => {
          const keys = [turnKey(follower), stateKey(follower)] as const;
          const times = [Math.ceil(forMs), Math.ceil(stateIntervals * forMs)] as const;
          const fields = [state.versions, state.cursor ?? ''] as const;
          const isNew = await redis.eval(announceScript, keys.length, ...keys, ...times, ...fields);
          if (isNew === 1) messages.send({ kind: 'versions', follower, versions: state.versions });
        },
        () => memory.announce(follower, state, forMs),
      ),
    sendHint: async (hint) => messages.send({ kind: 'hint', ...hint }),
    listen: messages.listen,
    isCutOff: messages.isCutOff,
    reserve: (organization, calls) =>
      fallback.run(
        async () => {
          const key = `gateway:live:calls:${organization}`;
          return Number(await redis.eval(reserveScript, 1, key, callMs, liveBurstMs, calls));
        },
        () => memory.reserve(organization, calls),
      ),
  };
};
