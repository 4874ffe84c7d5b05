import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import type { ReadHint, ReplicaReads } from '../../src/domain/replica-reads.ts';
import { createMemoryReplicaReads } from '../../src/state/memory/replica-reads.ts';
import { connectRedis } from '../../src/state/redis/connection.ts';
import { createReplicaMessages, messagesChannel } from '../../src/state/redis/replica-messages.ts';
import { createRedisReplicaReads } from '../../src/state/redis/replica-reads.ts';
import { hasRedisServer } from '../support/redis/redis-server.ts';
import { useStoreRedis } from '../support/redis/store-redis.ts';
import { eventually } from '../support/time/eventually.ts';

/** A fifth is 3,600 calls an hour: one in a second, 60 at once. */
const requestsPerHour = 18_000;
const longMs = 60_000;
const stateOf = (versions: string, cursor: string | null = null) => ({ versions, cursor });

const shared = useStoreRedis();

const refused = (): never => expect.unreachable('the fallback was asked');

const unused: ReplicaReads = {
  takeTurn: refused,
  announce: refused,
  sendHint: refused,
  listen: refused,
  isCutOff: refused,
  reserve: refused,
};

const checkMs = 50;

const createReplica = (refusals: string[] = [], url = shared.server.url): ReplicaReads => {
  const connect = () =>
    connectRedis(
      url,
      () => {},
      () => {},
    );
  const refuse = (text: string) => refusals.push(text);
  const messages = createReplicaMessages(shared.redis, connect, refuse, checkMs);
  onTestFinished(messages.close);
  return createRedisReplicaReads(
    shared.redis,
    messages,
    unused,
    requestsPerHour,
    systemClock.nowMs,
  );
};

const listen = async (replica: ReplicaReads) => {
  const states: string[] = [];
  const hints: ReadHint[] = [];
  const before = await listeners();
  replica.listen({
    onVersions: (follower, versions) => states.push(`${follower} ${versions}`),
    onHint: ({ organization, cause }) => hints.push({ organization, cause }),
  });
  await eventually(async () => expect(await listeners()).toBe(before + 1));
  return { states, hints };
};

const listeners = async (): Promise<number> => {
  const [, count] = await shared.redis.pubsub('NUMSUB', messagesChannel);
  return Number(count);
};

const createAlone = () => createMemoryReplicaReads(requestsPerHour, systemClock.nowMs);

const places: readonly [name: string, create: () => ReplicaReads][] = [
  ['memory', createAlone],
  ['Redis', () => createReplica()],
];

describe.each(hasRedisServer ? places : places.slice(0, 1))('calls counted in %s', (_, create) => {
  it('wait beyond those of a minute, and are given back', async () => {
    const replica = create();
    expect(await replica.reserve('acme', 60)).toBe(0);
    const waitMs = await replica.reserve('acme', 10);
    expect(waitMs).toBeGreaterThan(9_000);
    expect(waitMs).toBeLessThanOrEqual(10_000);
    expect(await replica.reserve('acme', -9)).toBeLessThanOrEqual(1_000);
    expect(await replica.reserve('other', 60)).toBe(0);
  });
});

describe('a process that reads for itself', () => {
  it('has every turn', async () => {
    const alone = createAlone();
    const turn = { isMine: true, waitMs: 0, state: null };
    expect(await alone.takeTurn('f', longMs)).toEqual(turn);
    await alone.announce('f', stateOf('state'), longMs);
    expect(await alone.takeTurn('f', longMs)).toEqual(turn);
  });
});

describe.skipIf(!hasRedisServer)('replicas that share a Redis', () => {
  it('give a turn to one of them', async () => {
    const replicas = [createReplica(), createReplica(), createReplica()];
    const turns = await Promise.all(replicas.map((replica) => replica.takeTurn('f', longMs)));
    expect(turns.filter(({ isMine }) => isMine)).toHaveLength(1);
    for (const { isMine, waitMs } of turns) {
      if (!isMine) expect(waitMs).toBeGreaterThan(longMs - 5_000);
    }
    expect((await replicas[0]?.takeTurn('other', longMs))?.isMine).toBe(true);
  });

  it('give the next one when the time is over', async () => {
    const [one, other] = [createReplica(), createReplica()];
    expect((await one.takeTurn('f', 50)).isMine).toBe(true);
    await eventually(async () => expect((await other.takeTurn('f', 50)).isMine).toBe(true));
  });

  it('wait no longer than their own interval for one with a longer interval', async () => {
    const [one, other] = [createReplica(), createReplica()];
    await one.takeTurn('f', longMs);
    expect(await other.takeTurn('f', 100)).toEqual({ isMine: false, waitMs: 100, state: null });
    await eventually(async () => expect((await other.takeTurn('f', 100)).isMine).toBe(true));
  });

  it('end a turn that would never end', async () => {
    await shared.redis.set('gateway:live:turn:f', '1');
    const replica = createReplica();
    await eventually(async () => expect((await replica.takeTurn('f', 50)).isMine).toBe(true));
  });

  it('tell the others a new state, and keep it', async () => {
    const [one, other, third] = [createReplica(), createReplica(), createReplica()];
    const heard = [await listen(one), await listen(other)];
    await one.announce('f', stateOf('first'), longMs);
    await one.announce('f', stateOf('first'), longMs);
    await one.announce('f', stateOf('second', 'a cursor'), longMs);
    await eventually(() => expect(heard[1]?.states).toEqual(['f first', 'f second']));
    expect(heard[0]?.states).toEqual([]);
    expect(await third.takeTurn('f', longMs)).toMatchObject({
      isMine: false,
      state: stateOf('second', 'a cursor'),
    });
  });

  it('keep a state for two intervals', async () => {
    const [one, other] = [createReplica(), createReplica()];
    await one.announce('f', stateOf('first'), 100);
    expect((await other.takeTurn('f', 50)).state).toEqual(stateOf('first'));
    await eventually(async () => expect((await other.takeTurn('f', 50)).state).toBeNull());
  });

  it('send each other hints, and disregard other messages', async () => {
    const [one, other] = [createReplica(), createReplica()];
    const { hints } = await listen(other);
    for (const text of ['', 'null', '{"sender":1}', '{"sender":"x","message":{"kind":"hint"}}']) {
      await shared.redis.publish(messagesChannel, text);
    }
    await one.sendHint({ organization: 'acme', cause: 'write' });
    await one.sendHint({ organization: null, cause: 'webhook' });
    await eventually(() =>
      expect(hints).toEqual([
        { organization: 'acme', cause: 'write' },
        { organization: null, cause: 'webhook' },
      ]),
    );
  });

  it('listen again after the connection was lost', async () => {
    const [one, other] = [createReplica(), createReplica()];
    expect(other.isCutOff()).toBe(false);
    const { hints } = await listen(other);
    await eventually(() => expect(other.isCutOff()).toBe(false));
    await shared.redis.client('KILL', 'TYPE', 'pubsub');
    await eventually(async () => {
      await one.sendHint({ organization: 'acme', cause: 'write' });
      expect(hints.length).toBeGreaterThan(0);
    });
  });

  it('notice that Redis answers no more, and listen again', async () => {
    const [one, other] = [createReplica(), createReplica()];
    const { hints } = await listen(other);
    await eventually(() => expect(other.isCutOff()).toBe(false));
    shared.server.pause();
    onTestFinished(shared.server.resume);
    await vi.waitUntil(other.isCutOff, { timeout: 10_000 });
    shared.server.resume();
    await vi.waitUntil(() => !other.isCutOff(), { timeout: 10_000 });
    await eventually(async () => {
      await one.sendHint({ organization: 'acme', cause: 'write' });
      expect(hints.length).toBeGreaterThan(0);
    });
  });

  /** The URL of a user who may use all but the channel. */
  const muteUser = async (): Promise<string> => {
    const { redis, server } = shared;
    await redis.call('ACL', 'SETUSER', 'mute', 'on', '>word', '~*', '+@all', 'resetchannels');
    onTestFinished(async () => {
      await redis.call('ACL', 'DELUSER', 'mute');
    });
    return server.url.replace('//', '//mute:word@');
  };

  it('keep the connection that all stores share if a message is refused', async () => {
    const connection = connectRedis(
      await muteUser(),
      () => {},
      () => {},
    );
    onTestFinished(() => connection.disconnect());
    await eventually(() => expect(connection.status).toBe('ready'));
    const published = connection.publish(messagesChannel, 'text');
    const stored = connection.set('key', 'value');
    await expect(published).rejects.toThrow('NOPERM');
    expect(await stored).toBe('OK');
    expect(await connection.get('key')).toBe('value');
  });

  it('report that the channel is not allowed', async () => {
    const refusals: string[] = [];
    const muted = createReplica(refusals, await muteUser());
    muted.listen({ onVersions: () => {}, onHint: () => {} });
    await eventually(() => expect(refusals).toEqual([expect.stringContaining('NOPERM')]));
    expect(muted.isCutOff()).toBe(true);
  });
});
