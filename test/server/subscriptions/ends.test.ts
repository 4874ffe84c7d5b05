import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { usedHeap } from '../../support/heap.ts';
import type { EventStream } from '../../support/http/event-stream.ts';
import { openRaw } from '../../support/http/raw-http.ts';
import type { Loose } from '../../support/loose.ts';
import { eventually } from '../../support/time/eventually.ts';
import { signToken } from '../auth/callers.ts';
import {
  addLargeTokens,
  addToken,
  follow,
  largeSubscription,
  loggedSubscriptions,
  readLoad,
  requestOf,
  startLiveServiceWorld,
  startLiveWorld,
  subscription,
  untilNobodyFollows,
} from './following.ts';

/** The code of the error that ended a stream; null if it ended without an error. */
const lastCode = (stream: EventStream): string | null =>
  stream.answers().at(-1)?.errors?.[0].extensions.code ?? null;

describe('a stream ends', () => {
  let world: World;

  beforeAll(async () => {
    world = await startLiveWorld();
  });
  afterEach(() => untilNobodyFollows(world.url));
  afterAll(() => world.close());

  it('with UNAUTHENTICATED if the API refuses the credential from then on, and no other does', async () => {
    const key = world.sandbox.addKey();
    const [refused, other] = [
      await follow(world, subscription, {}, { authorization: `Bearer ${key}` }),
      await follow(world),
    ];
    addToken(world);
    await Promise.all([refused.answer(0), other.answer(0)]);
    world.sandbox.revokeKey(key);
    await refused.ended;
    expect(lastCode(refused)).toBe('UNAUTHENTICATED');
    const { requestId } = refused.answers().at(-1).errors[0].extensions;
    expect(requestId).toBe(refused.headers.get('x-request-id'));
    expect(refused.isComplete()).toBe(true);
    expect(other.isComplete()).toBe(false);
    other.leave();
  });

  it('at once if its client leaves, also one that does not say so', async () => {
    const streams = [await follow(world), await follow(world)];
    const raw = openRaw(world.url, requestOf(world, subscription));
    await eventually(async () =>
      expect(await readLoad(world.url)).toEqual({ subscribers: 3, readers: 1 }),
    );
    raw.socket.resetAndDestroy();
    for (const stream of streams) stream.leave();
    await vi.waitUntil(async () => (await readLoad(world.url)).subscribers === 0, {
      timeout: 10_000,
      interval: 20,
    });
    const logged = loggedSubscriptions(world).slice(-3);
    expect(logged).toMatchObject(Array.from({ length: 3 }, () => ({ outcome: 'OK', events: 0 })));
  });

  it('however often clients come and go, without a rest', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const comeAndGo = async (rounds: number) => {
      for (let round = 0; round < rounds; round += 1) {
        const streams = await Promise.all(Array.from({ length: 10 }, () => follow(world)));
        for (const stream of streams) stream.leave();
      }
      await untilNobodyFollows(world.url);
    };
    await comeAndGo(5);
    const before = usedHeap();
    await comeAndGo(30);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
    expect(await readLoad(world.url)).toEqual({ subscribers: 0, readers: 0 });
    expect(usedHeap() - before).toBeLessThan(6_000_000);
  }, 60_000);
});

describe('in service mode, a stream', () => {
  let world: World;

  beforeAll(async () => {
    world = await startLiveServiceWorld();
  });
  afterAll(() => world.close());

  it('ends when the token of its caller expires, and the streams of others do not', async () => {
    // Five seconds are tolerated. An event must arrive before, also on a busy machine.
    const short = await signToken({ expiresIn: 1 });
    const [expiring, lasting] = [
      await follow(world, subscription, {}, { authorization: short }),
      await follow(world, subscription, {}, { authorization: await signToken() }),
    ];
    const id = addToken(world);
    expect((await expiring.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    await expiring.ended;
    expect(expiring.answers().at(-1)).toMatchObject({
      errors: [
        {
          message: 'The token has expired (exp): get a new one.',
          extensions: {
            code: 'UNAUTHENTICATED',
            requestId: expiring.headers.get('x-request-id'),
          },
        },
      ],
    });
    expect(expiring.isComplete()).toBe(true);
    expect(lasting.isComplete()).toBe(false);
    expect(await readLoad(world.url)).toEqual({ subscribers: 1, readers: 1 });
    expect(loggedSubscriptions(world).at(-1)).toMatchObject({
      outcome: 'UNAUTHENTICATED',
      events: 1,
    });
    lasting.leave();
  });

  it('of a token that is valid for a month lasts', async () => {
    const authorization = await signToken({ expiresIn: 30 * 86_400 });
    const stream = await follow(world, subscription, {}, { authorization });
    const id = addToken(world);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    expect(stream.isComplete()).toBe(false);
    stream.leave();
    await untilNobodyFollows(world.url);
  });
});

describe('more streams than the process serves', () => {
  it('are refused until one has ended', async () => {
    const world = await startLiveWorld({ MAX_SUBSCRIPTIONS: '2' });
    const [first] = [await follow(world), await follow(world)];
    const refused = await follow(world);
    await refused.ended;
    const { code, retryAfterSeconds } = refused.answers()[0].errors[0].extensions;
    expect({ code, retryAfterSeconds }).toEqual({ code: 'RATE_LIMITED', retryAfterSeconds: 30 });
    first.leave();
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    const accepted = await follow(world);
    addToken(world);
    expect((await accepted.answer(0)).errors).toBeUndefined();
    await world.close();
  });
});

describe('a client that does not read', () => {
  const tokens = 2_400;

  it('is ended with the cursor to resume from, and no other is', async () => {
    const world = await startLiveWorld({ MAX_SCAN_ITEMS: '5000' });
    const connection = openRaw(world.url, requestOf(world, largeSubscription));
    await eventually(() => expect(connection.received()).toContain('text/event-stream'));
    connection.socket.pause();
    const other = await follow(world, 'subscription { enrollmentTokenChanges { kind } }');
    await addLargeTokens(world, other, tokens);
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    expect(other.isComplete()).toBe(false);

    connection.socket.resume();
    await connection.closed;
    const [answer] = await connection.answers(1);
    const read = answer?.body ?? '';
    const events = read.match(/^event: next$/gm) ?? [];
    const last: Loose = JSON.parse(/^data: (\{"errors".*)$/m.exec(read)?.[1] ?? '{}');
    expect(last.errors[0].extensions).toMatchObject({
      code: 'RATE_LIMITED',
      cursor: expect.any(String),
      retryAfterSeconds: 1,
    });
    expect(events.length).toBeLessThan(tokens);
    // Comments that were due while nothing was read have not waited.
    const end = read.slice(read.lastIndexOf('event: next\ndata: {"data"'));
    expect((end.match(/^:$/gm) ?? []).length).toBeLessThan(3);
    expect(read).toMatch(/event: complete\ndata:\n\n$/);
    other.leave();
    await world.close();
  }, 120_000);
});
