import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { fetchSamples } from '../../support/gateway/metrics.ts';
import type { Loose } from '../../support/loose.ts';
import { eventually } from '../../support/time/eventually.ts';
import {
  addToken,
  follow,
  loggedSubscriptions,
  readLoad,
  startLiveWorld,
  untilNobodyFollows,
} from '../subscriptions/following.ts';

const query = 'subscription Names { enrollmentTokenChanges { token { user { name } } } }';

let world: World;

beforeAll(async () => {
  world = await startLiveWorld({ LOOKUP_TTL_MS: '0' });
});
afterAll(() => world.close());

/** Follows until some tokens, each with a user of its own, were delivered. */
const deliver = async (count: number) => {
  const stream = await follow(world, query);
  for (const { id } of world.sandbox.organization.users.all().slice(0, count)) {
    addToken(world, 'WINDOWS', { mdmUser: { id } });
  }
  await stream.answer(count - 1);
  return stream;
};

const readValue = async (name: string, labels: Readonly<Record<string, string>> = {}) =>
  (await fetchSamples(world.url, name)).find(({ labels: given }) =>
    Object.entries(labels).every(([label, value]) => given[label] === value),
  )?.value ?? 0;

const operations = (outcome: string) =>
  readValue('gateway_operations_total', { kind: 'subscription', outcome });

describe('a stream', () => {
  it('is one line of the log when it has ended', async () => {
    const stream = await deliver(3);
    const requestId = stream.headers.get('x-request-id');
    const linesOf = () =>
      loggedSubscriptions(world).filter((line: Loose) => line.requestId === requestId);
    expect(linesOf()).toEqual([]);
    stream.leave();
    await eventually(() => expect(linesOf()).toHaveLength(1));
    const [line] = linesOf();
    expect(line).toMatchObject({
      operation: 'Names',
      kind: 'subscription',
      events: 3,
      upstreamCalls: 3,
      outcome: 'OK',
      caller: expect.stringMatching(/^\S{16}$/),
    });
    expect(line.durationMs).toBeGreaterThan(0);
  });

  it('is counted when it has ended, its events and subscribers meanwhile', async () => {
    await untilNobodyFollows(world.url);
    const before = {
      ok: await operations('OK'),
      events: await readValue('gateway_subscription_events_total'),
    };
    const stream = await deliver(2);
    expect(await readLoad(world.url)).toEqual({ subscribers: 1, readers: 1 });
    expect(await readValue('gateway_subscription_events_total')).toBe(before.events + 2);
    expect(await operations('OK')).toBe(before.ok);
    expect(await readValue('gateway_change_reads_total', { cause: 'subscriber' })).toBeGreaterThan(
      0,
    );
    stream.leave();
    await eventually(async () => expect(await operations('OK')).toBe(before.ok + 1));
    await untilNobodyFollows(world.url);
  });

  it('is not in the times of executions: it lasts until its client leaves', async () => {
    const times = await fetchSamples(world.url, 'gateway_operation_duration_seconds');
    expect(times.filter(({ labels }) => labels['kind'] === 'subscription')).toEqual([]);
  });

  it('that was refused is counted and logged once', async () => {
    const before = await operations('BAD_CURSOR');
    const stream = await follow(
      world,
      'subscription Refused { enrollmentTokenChanges(after: "x") { kind } }',
    );
    await stream.ended;
    await eventually(async () => expect(await operations('BAD_CURSOR')).toBe(before + 1));
    const lines = loggedSubscriptions(world).filter(({ operation }) => operation === 'Refused');
    expect(lines).toMatchObject([{ outcome: 'BAD_CURSOR', upstreamCalls: 0 }]);
    expect(lines[0]).not.toHaveProperty('events');
  });
});

describe('an event', () => {
  it('whose lookup fails has an error with the request id; the log has its reason, and the stream goes on', async () => {
    const stream = await follow(world, query);
    const requestId = stream.headers.get('x-request-id');
    const [owner] = world.sandbox.organization.users.all();
    const mdmUser = { id: owner?.id };
    world.sandbox.faults.add({ kind: 'status', status: 500, match: { path: /users/ } });
    addToken(world, 'WINDOWS', { mdmUser });
    expect(await stream.answer(0)).toMatchObject({
      data: { enrollmentTokenChanges: { token: { user: { name: null } } } },
      errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE', requestId } }],
    });
    const failures = world.logged().filter((line) => line.requestId === requestId && line.endpoint);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatchObject({ cause: 'lookup', status: 500 });
    world.sandbox.faults.clear();
    addToken(world, 'WINDOWS', { mdmUser });
    expect((await stream.answer(1)).data.enrollmentTokenChanges.token).toHaveProperty('user');
    stream.leave();
  });
});
