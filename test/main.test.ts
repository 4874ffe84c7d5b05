import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../src/platforms/registry.ts';
import type { Sandbox } from '../src/sandbox/sandbox.ts';
import { createSandbox } from '../src/sandbox/server.ts';
import { createAsk } from './support/gateway/gateway.ts';
import {
  type ReadyGateway,
  startGatewayProcess,
  startReadyGateway,
} from './support/gateway/gateway-process.ts';
import { postForEvents } from './support/http/event-stream.ts';
import { postJson } from './support/http/post-json.ts';
import type { Loose } from './support/loose.ts';
import { createGate } from './support/time/manual-clock.ts';

const list = '{ enrollmentTokens(first: 2) { nodes { platform user { email } } } }';

describe('started with an empty environment', () => {
  let gateway: ReadyGateway;

  beforeAll(async () => {
    gateway = await startReadyGateway();
  });
  afterAll(() => gateway.stop());

  it('prints its URL on stdout, with the selected port', () => {
    expect(gateway.output()).toMatch(
      /^Ready: http:\/\/127\.0\.0\.1:\d+\/graphql \(GraphiQL in a browser\)$/m,
    );
    expect(new URL(gateway.url).port).not.toBe('4000');
  });

  it('serves the sandbox to callers without a key', async () => {
    const { data, errors } = await createAsk(gateway.url, null)(list);
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.nodes).toHaveLength(2);
  });

  it('answers under any response key, including names of Object.prototype', async () => {
    const { data } = await createAsk(
      gateway.url,
      null,
    )(
      '{ __proto__: __typename enrollmentTokens(first: 1) { constructor: __typename toString: __typename } }',
    );
    expect(Object.entries(data)).toEqual([
      ['__proto__', 'Query'],
      [
        'enrollmentTokens',
        { constructor: 'EnrollmentTokenConnection', toString: 'EnrollmentTokenConnection' },
      ],
    ]);
  });

  it('opens GraphiQL with a user of the sandbox', async () => {
    const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
    const email = /[\w.]+@example\.com/.exec(await page.text())?.[0];
    const { data } = await createAsk(gateway.url, null)(
      'query ($email: String!) { mdmUser(email: $email) { name enrollmentTokens { totalCount } } }',
      { variables: { email } },
    );
    expect(data.mdmUser.name).toEqual(expect.any(String));
    expect(data.mdmUser.enrollmentTokens.totalCount).toBeGreaterThan(0);
  });

  it('prints where the controls of the sandbox are, and they work', async () => {
    const sandboxUrl = /^export SANDBOX_URL=(http:\/\/127\.0\.0\.1:\d+)$/m.exec(
      gateway.output(),
    )?.[1];
    const answer = await postJson(`${sandboxUrl}/sandbox/faults`, {
      fault: 'forbidden platform=windows times=1',
    });
    expect(answer.status).toBe(200);
    const { data } = await createAsk(
      gateway.url,
      null,
    )('{ enrollmentTokens(first: 1) { sources { platform status } } }');
    expect(data.enrollmentTokens.sources).toContainEqual({
      platform: 'WINDOWS',
      status: 'FORBIDDEN',
    });
  });

  it('is live and ready, and ends with 0 at SIGTERM', async () => {
    const { origin } = new URL(gateway.url);
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    expect((await fetch(`${origin}/health/ready`)).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
  });
});

describe('started with SANDBOX_ACTIVITY_SECONDS', () => {
  let gateway: ReadyGateway;

  beforeAll(async () => {
    gateway = await startReadyGateway({ SANDBOX_ACTIVITY_SECONDS: '1' });
  });
  afterAll(() => gateway.stop());

  it('shows tokens that get enrolled', async () => {
    const readyAt = new Date().toISOString();
    const ask = createAsk(gateway.url, null);
    const newest = `{
      enrollmentTokens(first: 20, orderBy: { field: UPDATED_AT, direction: DESC }) {
        nodes { state updatedAt }
      }
    }`;
    const enrolled = async () =>
      (await ask(newest)).data.enrollmentTokens.nodes.filter(
        (token: Loose) => token.state === 'DONE' && token.updatedAt > readyAt,
      );
    await expect.poll(enrolled, { timeout: 10_000 }).not.toEqual([]);
  });
});

describe('started with SANDBOX_ACTIVITY_SECONDS and WEBHOOK_SECRET', () => {
  let gateway: ReadyGateway;
  const secret = 'canary-of-the-webhook-4f0c9a17';

  beforeAll(async () => {
    gateway = await startReadyGateway({
      HOST: '0.0.0.0',
      SANDBOX_ACTIVITY_SECONDS: '1',
      LIVE_INTERVAL_SECONDS: '3600',
      WEBHOOK_SECRET: secret,
      LOG_LEVEL: 'trace',
    });
  });
  afterAll(() => gateway.stop());

  it('delivers what happens in its sandbox before the interval is over, and prints no secret', async () => {
    const url = gateway.url.replace('0.0.0.0', '127.0.0.1');
    const query = 'subscription { enrollmentTokenChanges { kind token { state } } }';
    const stream = await postForEvents(url, { query });
    const { data } = await stream.answer(0);
    expect(data.enrollmentTokenChanges.kind).toMatch(/^(?:CREATED|UPDATED)$/);
    const sandboxUrl = /^export SANDBOX_URL=(\S+)$/m.exec(gateway.output())?.[1];
    const shown = await (await fetch(`${sandboxUrl}/sandbox`)).text();
    expect(shown).toContain('"failures":0');
    expect(shown + gateway.output()).not.toContain('4f0c9a17');
    expect(await gateway.stop()).toBe(0);
  });
});

describe('started with an environment that is not valid', () => {
  it('does not start, and lists every fault in one message without secrets', async () => {
    const gateway = await startGatewayProcess({
      NODE_ENV: 'production',
      PORT: 'many',
      LOG_LEVEL: 'loud',
      MAX_PAGE_SIZE: '0',
      SHARED_SECRET: 'CANARY',
    });
    expect(gateway.url).toBeNull();
    expect(await gateway.stop()).toBe(1);
    const output = gateway.output();
    for (const fault of [
      'PORT must be a number',
      'LOG_LEVEL',
      'MAX_PAGE_SIZE must be at least 1',
      'SHARED_SECRET must have at least 16 characters',
      'APPLIVERY_BASE_URL is required in production',
      'or set SANDBOX=true to serve invented data on purpose',
    ]) {
      expect(output).toContain(fault);
    }
    expect(output.match(/The configuration is not usable/g)).toHaveLength(1);
    expect(output).not.toContain('CANARY');
    // No stack: the message is for operators.
    expect(output).not.toContain('    at ');
  });
});

it('does not start on a port that is in use, and says which', async () => {
  const first = await startReadyGateway();
  const { port } = new URL(first.url);
  const second = await startGatewayProcess({ PORT: port });
  expect(second.url).toBeNull();
  expect(await second.stop()).toBe(1);
  expect(second.output()).toBe(
    `The configuration is not usable:\n  - PORT: ${port} is in use at 127.0.0.1. Choose another port.\n`,
  );
  await first.stop();
});

describe('at SIGTERM while operations run', () => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 40 });
  });
  afterAll(() => sandbox.close());

  it('is no longer ready, answers the running operations, and ends with 0', async () => {
    const { baseUrl } = await sandbox.listen();
    const gateway = await startReadyGateway({
      APPLIVERY_BASE_URL: baseUrl,
      APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
    });
    const { origin } = new URL(gateway.url);
    const isReady = async () => (await fetch(`${origin}/health/ready`)).status === 200;

    const arrival = createGate();
    const answering = createGate();
    sandbox.onRequest(async () => {
      arrival.open();
      await answering.opened;
    });

    const ask = createAsk(gateway.url, `Bearer ${sandbox.apiKey}`);
    const answers = Promise.all([
      ask(list),
      ask(list),
      ask('{ mdmUsers(first: 1) { totalCount } }'),
    ]);
    await arrival.opened;
    const ended = gateway.stop();
    while (await isReady());
    expect((await fetch(`${origin}/health/live`)).status).toBe(200);
    answering.open();

    for (const { status, data, errors } of await answers) {
      expect({ status, errors }).toEqual({ status: 200, errors: [] });
      expect(data).not.toBeNull();
    }
    expect(await ended).toBe(0);
  });
});
