import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { CreationRecord, CreationRecords } from '../../domain/creation-record.ts';
import { toTokenId } from '../../domain/token.ts';

const sentChunk = z.object({
  sentAtMs: z.number(),
  counts: z.object({ total: z.number(), success: z.number(), fail: z.number() }).nullable(),
});

const storedRecord = z.object({
  revision: z.string(),
  inputHash: z.string(),
  ownedUntilMs: z.number(),
  progress: z.discriminatedUnion('state', [
    z.object({ state: z.literal('reserved') }),
    z.object({ state: z.literal('sent'), sentAtMs: z.number() }),
    z.object({ state: z.literal('done'), tokenId: z.string().transform(toTokenId) }),
    z.object({
      state: z.literal('bulk'),
      chunkSize: z.int().positive(),
      chunks: z.array(sentChunk.nullable()),
    }),
  ]),
});

/**
 * The revision is a field of its own, so the script does not parse JSON. An empty revision means that there is no
 * record.
 */
const replaceScript = `
if (redis.call('HGET', KEYS[1], 'revision') or '') ~= ARGV[1] then return 0 end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
else
  redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'record', ARGV[3])
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return 1
`;

/**
 * Creates the store of creation records that all replicas share. The records are as durable as Redis is configured to
 * be. Redis must not evict keys.
 */
export const createRedisRecords = (redis: Redis, timeToLiveMs: number): CreationRecords => {
  const keyOf = (id: string): string => `gateway:creation:${id}`;
  return {
    read: async (id): Promise<CreationRecord | null> => {
      const stored = await redis.hget(keyOf(id), 'record');
      return stored === null ? null : storedRecord.parse(JSON.parse(stored));
    },
    replace: async (id, revision, next) => {
      const changed = await redis.eval(
        replaceScript,
        1,
        keyOf(id),
        revision ?? '',
        next?.revision ?? '',
        next === null ? '' : JSON.stringify(next),
        timeToLiveMs,
      );
      return changed === 1;
    },
  };
};
