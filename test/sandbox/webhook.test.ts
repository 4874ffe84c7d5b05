import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen } from '../support/http/listen.ts';
import type { Loose } from '../support/loose.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { appleTokens, type Client, dataOf, now, startSandbox, windowsTokens } from './client.ts';

const timeout = 10_000;

/** A server that receives the calls of a webhook, and answers them with a status when it may. */
const startReceiver = async () => {
  const bodies: Loose[] = [];
  let status = 202;
  let answering: Promise<void> = Promise.resolve();
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    bodies.push({ method: request.method, url: request.url, ...JSON.parse(text) });
    await answering;
    response.writeHead(status, { location: '/elsewhere' }).end('an answer');
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/webhooks/the-secret-part`,
    bodies,
    answerWith: (next: number, when: Promise<void> = Promise.resolve()) => {
      status = next;
      answering = when;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

let client: Client;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
beforeEach(async () => {
  client = await startSandbox();
  receiver = await startReceiver();
});
afterEach(async () => {
  await client.sandbox.close();
  receiver.close();
});

const control = async (method: string, body?: unknown, path = '/webhook') => {
  const answer = await fetch(client.baseUrl.replace(/\/v1$/, `/sandbox${path}`), {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
};
const untilCalls = (calls: number, failures = 0) =>
  expect
    .poll(async () => (await control('GET')).body.webhook, { timeout })
    .toEqual({ origin: new URL(receiver.url).origin, calls, failures });

describe('the webhook of the sandbox', () => {
  it('is called for a created token and an enrolled device, and for nothing else', async () => {
    client.sandbox.setWebhook(receiver.url);
    const [user] = client.sandbox.organization.users.all();
    const created = await client.call(windowsTokens, {
      method: 'POST',
      body: { mdmUserId: user?.id, sendEmail: false },
    });
    const { id } = dataOf(created);
    await untilCalls(1);
    const path = `${windowsTokens}/${id}`;
    await client.call(path, { method: 'PUT', body: { displayName: 'Another name' } });
    const { tokens } = client.sandbox.platform('windows');
    tokens.patch(id, { state: 'DONE' });
    await untilCalls(2);
    tokens.patch(id, { displayName: 'A third name' });
    tokens.patch(id, { state: 'DELETED' });
    tokens.remove(id);
    const { id: last } = client.sandbox.addToken('apple');
    await untilCalls(3);
    await expect
      .poll(() => receiver.bodies, { timeout })
      .toEqual(
        [
          ['enrollmentToken.created', id],
          ['device.enrolled', id],
          ['enrollmentToken.created', last],
        ].map(([event, enrollmentToken]) => ({
          method: 'POST',
          url: '/webhooks/the-secret-part',
          event,
          organization: client.sandbox.organizationId,
          at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
          enrollmentToken,
        })),
      );
  });

  it('has one call on its way, and tells the rest with one more', async () => {
    let answer = () => {};
    receiver.answerWith(
      202,
      new Promise((resolve) => {
        answer = resolve;
      }),
    );
    client.sandbox.setWebhook(receiver.url);
    const ids = Array.from({ length: 50 }, () => client.sandbox.addToken('windows').id);
    await vi.waitUntil(() => receiver.bodies.length === 1, { timeout });
    answer();
    await untilCalls(2);
    await expect
      .poll(() => receiver.bodies.map(({ enrollmentToken }) => enrollmentToken), { timeout })
      .toEqual([ids[0], ids.at(-1)]);
  });

  it('may fail: calls are counted, not repeated, and the sandbox goes on', async () => {
    client.sandbox.setWebhook(receiver.url);
    let calls = 0;
    // A redirect is not followed.
    for (const status of [404, 302, 500]) {
      receiver.answerWith(status);
      client.sandbox.addToken('windows');
      calls += 1;
      await untilCalls(calls, calls);
    }
    receiver.close();
    client.sandbox.addToken('windows');
    await untilCalls(4, 4);
    expect(receiver.bodies).toHaveLength(3);
    expect((await client.call(appleTokens)).status).toBe(200);
  });

  it('tells what activity does', async () => {
    const clock = createManualClock(now.getTime());
    const active = await startSandbox({
      activitySeconds: 10,
      clock: () => new Date(clock.epochMs()),
      schedule: clock.schedule,
      webhook: receiver.url,
    });
    await clock.advance(15_000);
    await vi.waitUntil(() => receiver.bodies.length > 0, { timeout });
    expect(receiver.bodies[0].event).toMatch(/^(?:device\.enrolled|enrollmentToken\.created)$/);
    await active.sandbox.close();
  });

  it('ends when the sandbox closes, also in a call', async () => {
    receiver.answerWith(202, new Promise(() => {}));
    const closing = await startSandbox({ webhook: receiver.url });
    closing.sandbox.addToken('windows');
    await vi.waitUntil(() => receiver.bodies.length === 1, { timeout });
    closing.sandbox.addToken('windows');
    await closing.sandbox.close();
    client.sandbox.setWebhook(receiver.url);
    client.sandbox.addToken('windows');
    await vi.waitUntil(() => receiver.bodies.length === 2, { timeout });
  });
});

describe('the control route of the webhook', () => {
  it('sets it and removes it, and shows neither path nor secret', async () => {
    const { origin } = new URL(receiver.url);
    const webhook = { origin, calls: 0, failures: 0 };
    expect(await control('POST', { url: receiver.url })).toEqual({
      status: 200,
      body: { webhook },
    });
    client.sandbox.addToken('windows');
    await untilCalls(1);
    expect((await control('GET', undefined, '')).body).toMatchObject({
      webhook: { ...webhook, calls: 1 },
    });
    expect(await control('DELETE')).toEqual({ status: 200, body: { webhook: null } });
    client.sandbox.addToken('windows');
    expect((await control('GET')).body).toEqual({ webhook: null });
    expect(receiver.bodies).toHaveLength(1);
  });

  it.each([
    'http://127.0.0.1:4000/webhooks/x',
    'http://127.1.2.3/',
    'https://localhost/x',
    'http://[::1]:4000/',
    // The parser of URLs knows that this is 127.0.0.1.
    'http://2130706433/',
  ])('accepts %s', async (url) => {
    expect((await control('POST', { url })).status).toBe(200);
  });

  it.each([
    'http://192.168.0.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://0.0.0.0:4000/',
    'http://example.com/',
    'http://localhost.example.com/',
    'http://127.0.0.1.example.com/',
    'http://[::ffff:192.168.0.1]/',
    'http://127.0.0.1@example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    '/webhooks/x',
    '',
  ])('refuses %s', async (url) => {
    const { status, body } = await control('POST', { url });
    expect(status).toBe(400);
    expect(body).toEqual({ errors: [expect.stringMatching(/^the webhook must /)] });
    expect((await control('GET')).body).toEqual({ webhook: null });
  });
});
