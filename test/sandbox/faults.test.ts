import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { FaultKind } from '../../src/sandbox/faults.ts';
import {
  appleTokens,
  type Client,
  idsOf,
  itemsOf,
  startSandbox,
  totalOf,
  windowsTokens,
} from './client.ts';

let client: Client;
beforeAll(async () => {
  client = await startSandbox();
});
afterEach(() => client.sandbox.faults.clear());
afterAll(() => client.sandbox.close());

const add = (fault: FaultKind) => client.sandbox.faults.add(fault);
const create = (signal?: AbortSignal) => {
  const [user] = client.sandbox.organization.users.all();
  return client.call(windowsTokens, {
    method: 'POST',
    body: { mdmUserId: user?.id, sendEmail: false },
    ...(signal === undefined ? {} : { signal }),
  });
};
const size = () => client.sandbox.platform('windows').tokens.size();

describe('faults instead of an answer', () => {
  it.each([
    [{ kind: 'status', status: 503 }, 503, 1000],
    [{ kind: 'status', status: 429 }, 429, 0],
    [{ kind: 'status', status: 400, code: 5017, message: 'Limit Exceeded' }, 400, 5017],
    [{ kind: 'plan' }, 400, 5050],
    [{ kind: 'forbidden' }, 403, 4003],
    [{ kind: 'creation' }, 400, 5145],
  ] as const)('%j has no effect', async (fault, status, code) => {
    const before = size();
    add(fault);
    expect(await create()).toMatchObject({ status, json: { status: false, error: { code } } });
    expect(size()).toBe(before);
  });

  it('429 has a Retry-After header only if the fault sets one', async () => {
    add({ kind: 'status', status: 429, retryAfterSeconds: 7 });
    expect((await create()).headers.get('retry-after')).toBe('7');
    client.sandbox.faults.clear();
    add({ kind: 'status', status: 429 });
    expect((await create()).headers.get('retry-after')).toBeNull();
  });

  it('a status can have an HTML body, as from a proxy', async () => {
    add({ kind: 'status', status: 502, html: true });
    const reply = await create();
    expect(reply.status).toBe(502);
    expect(reply.headers.get('content-type')).toContain('text/html');
    expect(reply.json).toBeUndefined();
  });

  it('a reset before the write has no effect', async () => {
    const before = size();
    add({ kind: 'reset-before' });
    await expect(create()).rejects.toThrow();
    expect(size()).toBe(before);
  });

  it('a request that gets no answer has no effect', async () => {
    const before = size();
    const controller = new AbortController();
    client.sandbox.clearRequests();
    add({ kind: 'silence' });
    const call = create(controller.signal);
    await vi.waitFor(() => expect(client.sandbox.requests()).toHaveLength(1));
    controller.abort();
    await expect(call).rejects.toThrow();
    expect(client.sandbox.requests()[0]?.status).toBeNull();
    expect(size()).toBe(before);
  });
});

describe('faults after the write', () => {
  it.each([
    [{ kind: 'reset-after' }],
    [{ kind: 'truncate' }],
  ] as const)('%j loses the answer', async (fault) => {
    const before = size();
    add(fault);
    await expect(create()).rejects.toThrow();
    expect(size()).toBe(before + 1);
  });

  it('a write that gets no answer has its effect', async () => {
    const before = size();
    const controller = new AbortController();
    add({ kind: 'silence-after' });
    const call = create(controller.signal);
    await vi.waitFor(() => expect(size()).toBe(before + 1));
    controller.abort();
    await expect(call).rejects.toThrow();
  });

  it.each([
    [{ kind: 'fail-after' }, 500],
    [{ kind: 'status-false' }, 200],
  ] as const)('%j answers with an error although the write took effect', async (fault, status) => {
    const before = size();
    add(fault);
    expect(await create()).toMatchObject({ status, json: { status: false } });
    expect(size()).toBe(before + 1);
  });

  it('an answer with status 200 can be HTML', async () => {
    add({ kind: 'html' });
    const reply = await client.call(windowsTokens);
    expect(reply.status).toBe(200);
    expect(reply.text).toContain('<!doctype html>');
  });

  it('an answer can be padded to any size and is still JSON', async () => {
    add({ kind: 'oversize', bytes: 300_000 });
    const reply = await client.call(windowsTokens);
    expect(reply.text).toHaveLength(300_000);
    expect(itemsOf(reply)).toHaveLength(10);
  });

  it('an answer can arrive byte by byte', async () => {
    add({ kind: 'drip', ms: 1 });
    const started = performance.now();
    const reply = await client.call('');
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ status: true });
    expect(performance.now() - started).toBeGreaterThan(reply.text.length * 0.9);
  });

  it('any answer can be rewritten', async () => {
    add({ kind: 'rewrite', rewrite: () => ({ status: true, data: { items: [null, {}] } }) });
    expect((await client.call(windowsTokens)).json).toEqual({
      status: true,
      data: { items: [null, {}] },
    });
  });

  it('an answer can be delayed', async () => {
    add({ kind: 'delay', ms: 40 });
    const started = performance.now();
    expect((await client.call('')).status).toBe(200);
    expect(performance.now() - started).toBeGreaterThan(35);
  });
});

describe('faults of lists', () => {
  it('a limit can be clamped, and the answer has the clamped limit', async () => {
    add({ kind: 'clamp-limit', limit: 4 });
    const reply = await client.call(`${windowsTokens}?limit=9&page=2`);
    expect(reply.json).toMatchObject({ data: { limit: 4, page: 2 } });
    client.sandbox.faults.clear();
    expect(idsOf(reply)).toEqual(idsOf(await client.call(`${windowsTokens}?limit=4&page=2`)));
  });

  it('the total can be wrong', async () => {
    add({ kind: 'wrong-total', totalDocs: 3 });
    const reply = await client.call(`${windowsTokens}?limit=5`);
    expect(totalOf(reply)).toBe(3);
    expect(reply.json).toMatchObject({ data: { hasNextPage: true } });
  });

  it('items with equal keys can change their order at each call, and no other items move', async () => {
    const { tokens } = client.sandbox.platform('apple');
    const before = tokens.all();
    const token = (number: number, minute: number) => ({
      id: String(number).padStart(24, '0'),
      createdAt: `2026-05-01T00:0${minute}:00.000Z`,
    });
    tokens.replaceAll([
      token(0, 1),
      ...Array.from({ length: 12 }, (_, index) => token(index + 1, 2)),
      token(13, 3),
    ]);
    add({ kind: 'shuffle-ties' });
    const read = async (query: string) =>
      idsOf(await client.call(`${appleTokens}?sort=createdAt&${query}`)).map(Number);
    const orders = new Set<string>();
    for (let round = 0; round < 6; round += 1) {
      const order = await read('limit=14');
      orders.add(order.join());
      expect(order[0]).toBe(0);
      expect(order[13]).toBe(13);
      expect([...order].sort((left, right) => left - right)).toEqual(
        Array.from({ length: 14 }, (_, index) => index),
      );
    }
    expect(orders.size).toBeGreaterThan(3);
    const firstPages = new Set<number>();
    for (let round = 0; round < 6; round += 1) {
      const page = await read('limit=3');
      expect(page[0]).toBe(0);
      for (const id of page.slice(1)) firstPages.add(id);
    }
    expect(firstPages.size).toBeGreaterThan(2);
    tokens.replaceAll(before);
  });
});

describe('a fault', () => {
  it('applies only to requests that it matches, and at most `times` times', async () => {
    const { faults } = client.sandbox;
    const once = faults.add({
      kind: 'status',
      status: 503,
      times: 1,
      match: { platform: 'windows', method: 'GET' },
    });
    faults.add({ kind: 'status', status: 504, match: { path: /limit=7$/ } });
    faults.add({ kind: 'status', status: 502, match: { operation: '*.mdmUser.list' } });
    const status = async (path: string) => (await client.call(path)).status;
    expect(await status(appleTokens)).toBe(200);
    expect(await status(windowsTokens)).toBe(503);
    expect(await status(windowsTokens)).toBe(200);
    expect(await status(`${appleTokens}?limit=7`)).toBe(504);
    expect(await status('/mdm/users')).toBe(502);
    expect(once.hits()).toBe(1);
  });

  it('can be removed', async () => {
    const fault = add({ kind: 'forbidden' });
    expect((await client.call(windowsTokens)).status).toBe(403);
    fault.remove();
    expect((await client.call(windowsTokens)).status).toBe(200);
    expect(fault.hits()).toBe(1);
  });

  it('can be set for one request by a header', async () => {
    const ask = (fault: string) =>
      client.call(`${windowsTokens}?limit=9`, { headers: { 'x-sandbox-fault': fault } });
    expect((await ask('delay=1, status=504')).status).toBe(504);
    expect((await ask('clamp-limit=2')).json).toMatchObject({ data: { limit: 2 } });
    await expect(ask('reset-after')).rejects.toThrow();
    expect((await client.call(windowsTokens)).status).toBe(200);
    for (const wrong of ['explode', 'status', 'status=', 'status=x', 'plan=1']) {
      expect((await ask(wrong)).status).toBe(400);
    }
  });
});
