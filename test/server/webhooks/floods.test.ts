import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { openRaw, rawRequest } from '../../support/http/raw-http.ts';
import { addToken, follow, untilNobodyFollows } from '../subscriptions/following.ts';
import { callWebhook, outcomesOf, readsOf, secret, startHookedWorld } from './webhook-calls.ts';
import { webhookCases } from './webhook-cases.ts';

const timeout = 10_000;
const floodMs = 3_000;
const body = 'x'.repeat(1_000);
const call = rawRequest(`POST /webhooks/${secret}`, { Host: 'gateway' }, body);
/** Pipelined on each connection. The next ones are sent when these are answered. */
const atOnce = 20;

let world: World;
beforeAll(async () => {
  world = await startHookedWorld({ UPSTREAM_REQUESTS_PER_HOUR: '1000000' });
});
afterEach(() => untilNobodyFollows(world.url));
afterAll(() => world.close());

/** Calls the webhook on several connections for a while. Resolves to the answers by status. */
const flood = async (connections: number): Promise<Record<number, number>> => {
  const endMs = performance.now() + floodMs;
  const statuses: Record<number, number> = {};
  const onOne = async (): Promise<void> => {
    const connection = openRaw(world.url);
    const calls = Buffer.concat(Array.from({ length: atOnce }, () => call));
    for (let sent = 0; performance.now() < endMs; ) {
      connection.socket.write(calls);
      sent += atOnce;
      for (const { status } of (await connection.answers(sent)).slice(-atOnce)) {
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    }
    connection.socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, onOne));
  return statuses;
};

describe('a flood of calls with the right secret', () => {
  it('is accepted at a limited rate, causes a reading a second, and starves no operation', async () => {
    const streams = [await follow(world), await follow(world)];
    await vi.waitUntil(async () => (await readsOf(world.url))['subscriber'] !== undefined, {
      timeout,
    });
    const startedMs = performance.now();
    const flooding = flood(10);
    let operations = 0;
    const asking = async (): Promise<void> => {
      while (performance.now() - startedMs < floodMs) {
        const { errors, status } = await world.ask('{ __typename }');
        expect({ errors, status }).toEqual({ errors: [], status: 200 });
        operations += 1;
      }
    };
    const [statuses] = await Promise.all([flooding, asking()]);
    const id = addToken(world);
    const last = await callWebhook(world);
    for (const stream of streams) {
      expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    }
    const seconds = (performance.now() - startedMs) / 1000;
    statuses[last.status] = (statuses[last.status] ?? 0) + 1;
    const { 202: accepted = 0, 429: refused = 0, ...others } = statuses;
    expect(others).toEqual({});
    expect(accepted).toBeGreaterThanOrEqual(50);
    expect(accepted).toBeLessThanOrEqual(51 + 10 * seconds);
    expect(refused).toBeGreaterThan(accepted);
    expect(await outcomesOf(world.url)).toMatchObject({ accepted, rate_limited: refused });
    // Both subscribers have one reader.
    expect((await readsOf(world.url))['webhook']).toBeLessThanOrEqual(2 + seconds);
    expect(operations).toBeGreaterThan(20);
    for (const { leave } of streams) leave();
  });

  it('loses nothing: what a refused call tells arrives within a second and a half', async () => {
    const stream = await follow(world);
    let id = '';
    let startedMs = 0;
    // A call is accepted again after a tenth of a second, so the first attempt may not be refused.
    await vi.waitUntil(
      async () => {
        await Promise.all(Array.from({ length: 60 }, () => callWebhook(world)));
        id = addToken(world);
        startedMs = performance.now();
        return (await callWebhook(world)).status === 429;
      },
      { timeout, interval: 0 },
    );
    await vi.waitUntil(() => JSON.stringify(stream.answers()).includes(id), { timeout });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    stream.leave();
  });

  it.each(webhookCases)('a call with $name gives $gives', async ({ gives, bytes, times = 1 }) => {
    const lines = world.logged().length;
    const sent = Array.from({ length: times }, () => bytes(secret));
    const connection = openRaw(world.url, Buffer.concat(sent));
    const answer = (await connection.answers(times)).at(-1);
    connection.socket.destroy();
    const [{ message, extensions }] = JSON.parse(answer?.body ?? '').errors;
    expect(`${answer?.status} ${extensions.code}`).toBe(gives);
    expect(message).toMatch(/^[A-Z].*\.$/);
    expect(answer?.headers['x-request-id']).toBe(extensions.requestId);
    expect(world.logged().slice(lines)).toEqual([]);
  });

  it('is told when to call again', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => callWebhook(world)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    for (const { headers, bytes } of refused) {
      expect(headers['retry-after']).toBe('1');
      expect(JSON.parse(bytes.toString()).errors[0].extensions).toMatchObject({
        code: 'RATE_LIMITED',
        retryAfterSeconds: 1,
      });
    }
  });
});
