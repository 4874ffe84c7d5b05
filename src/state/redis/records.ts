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

/** The revision stands apart from the record, so that the script need not read JSON. Empty: no record. */
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
 * Creation records that all replicas share. They outlive a crash of Redis as far as it writes to disk, and need a
 * Redis that evicts nothing.
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
