import { once } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import type { CreationRecord, CreationRecords } from '../../src/domain/creation-record.ts';
import { toTokenId } from '../../src/domain/token.ts';
import { createMemoryRecords } from '../../src/state/memory/records.ts';
import { connectRedis } from '../../src/state/redis/connection.ts';
import { createRedisRecords } from '../../src/state/redis/records.ts';
import { hasRedisServer, startRedisServer } from '../support/redis/redis-server.ts';
import { useStoreRedis } from '../support/redis/store-redis.ts';

const recordOf = (revision: string): CreationRecord => ({
  revision,
  inputHash: 'input',
  ownedUntilMs: 1_700_000_000_000,
  progress: { state: 'reserved' },
});

const shared = useStoreRedis();

const stores: readonly [string, (timeToLiveMs: number) => CreationRecords][] = [
  [
    'memory',
    (timeToLiveMs) => createMemoryRecords({ timeToLiveMs, nowMs: () => performance.now() }),
  ],
  ['Redis', (timeToLiveMs) => createRedisRecords(shared.redis, timeToLiveMs)],
];

describe.each(stores)('creation records in %s', (name, create) => {
  beforeEach((context) => context.skip(name === 'Redis' && !hasRedisServer, 'no redis-server'));

  const records = () => create(60_000);

  test('an id that was never written has no record', async () => {
    expect(await records().read(`${name} never`)).toBeNull();
  });

  test('if many callers reserve one id at once, one succeeds', async () => {
    const store = records();
    const id = `${name} reserve`;
    const revisions = Array.from({ length: 100 }, (_, index) => `revision ${index}`);
    const got = await Promise.all(
      revisions.map((revision) => store.replace(id, null, recordOf(revision))),
    );
    expect(got.filter(Boolean)).toHaveLength(1);
    expect((await store.read(id))?.revision).toBe(revisions[got.indexOf(true)]);
  });

  test('a record is read as it was written, in every state', async () => {
    const store = records();
    const stages: CreationRecord['progress'][] = [
      { state: 'reserved' },
      { state: 'sent', sentAtMs: 1_700_000_000_123 },
      { state: 'done', tokenId: toTokenId('6b0000000000000000000001') },
      {
        state: 'bulk',
        chunkSize: 50,
        chunks: [
          { sentAtMs: 1, counts: { total: 50, success: 49, fail: 1 } },
          { sentAtMs: 2, counts: null },
          null,
        ],
      },
    ];
    let revision: string | null = null;
    for (const [index, progress] of stages.entries()) {
      const record = { ...recordOf(`revision ${index}`), progress };
      expect(await store.replace(`${name} stages`, revision, record)).toBe(true);
      expect(await store.read(`${name} stages`)).toEqual(record);
      revision = record.revision;
    }
  });

  test('a writer with an old revision can neither write nor remove, and changes nothing', async () => {
    const store = records();
    const id = `${name} replaced`;
    await store.replace(id, null, recordOf('first'));
    expect(await store.replace(id, 'first', recordOf('second'))).toBe(true);
    expect(await store.replace(id, 'first', recordOf('first'))).toBe(false);
    expect(await store.replace(id, 'first', null)).toBe(false);
    expect(await store.replace(id, null, recordOf('third'))).toBe(false);
    expect(await store.read(id)).toEqual(recordOf('second'));
  });

  test('a removed record frees its id', async () => {
    const store = records();
    const id = `${name} removed`;
    await store.replace(id, null, recordOf('first'));
    expect(await store.replace(id, 'first', null)).toBe(true);
    expect(await store.read(id)).toBeNull();
    expect(await store.replace(id, 'first', recordOf('first'))).toBe(false);
    expect(await store.replace(id, null, recordOf('second'))).toBe(true);
  });

  test('a record expires when its time is over', async () => {
    const store = create(40);
    const id = `${name} forgotten`;
    await store.replace(id, null, recordOf('first'));
    await expect.poll(() => store.read(id), { interval: 10 }).toBeNull();
    expect(await store.replace(id, null, recordOf('second'))).toBe(true);
  });
});

/** Records that the memory holds. */
const maxRecords = 250_000;

const fill = async (store: CreationRecords, count: number): Promise<void> => {
  const record = recordOf('first');
  for (let index = 0; index < count; index += 1) {
    await store.replace(`filler ${index}`, null, record);
  }
};

describe('creation records in memory', () => {
  test('the time of a record counts from its last write', async () => {
    let nowMs = 0;
    const store = createMemoryRecords({ timeToLiveMs: 100, nowMs: () => nowMs });
    await store.replace('rewritten', null, recordOf('first'));
    await store.replace('left', null, recordOf('first'));
    nowMs = 60;
    await store.replace('rewritten', 'first', recordOf('second'));
    nowMs = 120;
    expect(await store.read('left')).toBeNull();
    expect((await store.read('rewritten'))?.revision).toBe('second');
    nowMs = 160;
    expect(await store.read('rewritten')).toBeNull();
  });

  test('a full memory refuses new records and drops none', async () => {
    let nowMs = 0;
    const store = createMemoryRecords({ timeToLiveMs: 100, nowMs: () => nowMs });
    await fill(store, maxRecords - 2);
    await store.replace('one', null, recordOf('first'));
    await store.replace('two', null, recordOf('first'));
    await expect(store.replace('three', null, recordOf('first'))).rejects.toThrow('full');
    expect(await store.replace('one', 'first', recordOf('second'))).toBe(true);
    expect(await store.read('two')).not.toBeNull();
    nowMs = 100;
    expect(await store.replace('three', null, recordOf('first'))).toBe(true);
  });

  test('a removed record makes room in a full memory, and removing a missing one needs no room', async () => {
    const store = createMemoryRecords({ timeToLiveMs: 100, nowMs: () => 0 });
    await fill(store, maxRecords - 1);
    await store.replace('one', null, recordOf('first'));
    expect(await store.replace('unknown', null, null)).toBe(true);
    expect(await store.replace('one', 'first', null)).toBe(true);
    expect(await store.replace('two', null, recordOf('first'))).toBe(true);
  });
});

describe.skipIf(!hasRedisServer)('creation records in a Redis that fails', () => {
  test('a refused password is reported, and no message contains it', async () => {
    const own = await startRedisServer(['--requirepass', 'another one']);
    const messages: string[] = [];
    const connection = connectRedis(
      own.url.replace('//', '//:opensesame@'),
      (message) => messages.push(message),
      () => {},
    );
    try {
      await expect.poll(() => messages.join()).toContain('WRONGPASS');
      await expect(createRedisRecords(connection, 60_000).read('id')).rejects.toThrow();
      expect(messages.join()).not.toContain('opensesame');
    } finally {
      connection.disconnect();
      await own.stop();
    }
  });

  test('a stopped Redis fails each command at once and is reported', async () => {
    const own = await startRedisServer();
    const messages: string[] = [];
    const connection = connectRedis(
      own.url,
      (message) => messages.push(message),
      () => {},
    );
    try {
      await once(connection, 'ready');
      const store = createRedisRecords(connection, 60_000);
      await store.replace('id', null, recordOf('first'));
      await own.stop();
      await expect.poll(() => connection.status).not.toBe('ready');
      const startedAtMs = performance.now();
      await expect(store.read('id')).rejects.toThrow();
      await expect(store.replace('id', 'first', null)).rejects.toThrow();
      expect(performance.now() - startedAtMs).toBeLessThan(500);
      await expect.poll(() => messages.join()).toContain('ECONNREFUSED');
    } finally {
      connection.disconnect();
      await own.stop();
    }
  });

  test('a Redis that hangs fails each command in about a second, and works when it continues', async () => {
    const own = await startRedisServer();
    const connection = connectRedis(
      own.url,
      () => {},
      () => {},
    );
    try {
      await once(connection, 'ready');
      const store = createRedisRecords(connection, 60_000);
      own.pause();
      const startedAtMs = performance.now();
      await expect(store.read('id')).rejects.toThrow();
      expect(performance.now() - startedAtMs).toBeLessThan(3_000);
      own.resume();
      await expect.poll(() => store.replace('id', null, recordOf('first'))).toBe(true);
    } finally {
      own.resume();
      connection.disconnect();
      await own.stop();
    }
  });

  test('Redis holds a record under its id only, for the given time', async () => {
    const store = createRedisRecords(shared.redis, 60_000);
    await store.replace('visible', null, recordOf('first'));
    expect(await shared.redis.keys('*visible*')).toEqual(['gateway:creation:visible']);
    const leftMs = await shared.redis.pttl('gateway:creation:visible');
    expect(leftMs).toBeGreaterThan(50_000);
    expect(leftMs).toBeLessThanOrEqual(60_000);
  });
});
