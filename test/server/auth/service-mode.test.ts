import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { codesOf } from '../../support/gateway/error-codes.ts';
import type { GraphQLAnswer } from '../../support/gateway/gateway.ts';
import type { ReadyGateway } from '../../support/gateway/gateway-process.ts';
import { findLogLines } from '../../support/gateway/log-lines.ts';
import type { Loose } from '../../support/loose.ts';
import { type Issuer, secret, signToken, startIssuer } from './callers.ts';
import { keyCases, troubleCases } from './issuer-cases.ts';
import { strangers } from './refused-callers.ts';
import { sendCredentials } from './send-credentials.ts';
import { type ServiceFaultName, serviceFaults } from './service-faults.ts';
import { startServiceGateway } from './service-gateway.ts';

const list = '{ enrollmentTokens(first: 1) { nodes { id } } }';

let sandbox: Sandbox;
let baseUrl: string;

/** The built gateway, in service mode, in front of the sandbox. */
const start = async (environment: Readonly<Record<string, string>>) => {
  const gateway = await startServiceGateway(sandbox, baseUrl, environment);
  return {
    ...gateway,
    askAs: (authorization: string | null) => gateway.ask(list, { authorization }),
  };
};

/** The log lines about the refusal of one request. Waits for the last line of the request. */
const refusalsOf = async (gateway: ReadyGateway, { headers }: GraphQLAnswer): Promise<Loose[]> => {
  const requestId = headers.get('x-request-id');
  const isOwn = (line: Loose): boolean => line.requestId === requestId;
  await vi.waitFor(() =>
    expect(findLogLines(gateway.output(), 'operation').filter(isOwn)).toHaveLength(1),
  );
  return findLogLines(gateway.output(), 'a caller was refused').filter(isOwn);
};

/** The title of the test for a fault of the catalogue. */
const named = (name: ServiceFaultName): string => `${name}: ${serviceFaults[name]}`;

const otherSecret = new TextEncoder().encode('another secret, 32 letters or so');

const expectRefused = (answer: GraphQLAnswer): void => {
  expect(answer.status).toBe(401);
  expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  expect(codesOf(answer)).toEqual(['UNAUTHENTICATED']);
  expect(sandbox.requests()).toEqual([]);
};

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  ({ baseUrl } = await sandbox.listen());
});
afterAll(() => sandbox.close());
beforeEach(() => sandbox.clearRequests());

describe('the built gateway with a secret', () => {
  let gateway: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    gateway = await start({ JWT_SECRET: secret, NODE_OPTIONS: '--max-http-header-size=400000' });
  });
  afterAll(() => gateway.stop());

  it.each(strangers)('refuses $name, and logs the reason in one line', async (stranger) => {
    const authorization = await stranger.authorization(sandbox.apiKey);
    const answer = await gateway.askAs(authorization);
    expect(answer.status).toBe(401);
    expect(answer.errors[0]?.message).toContain(stranger.names);
    expect(sandbox.requests()).toEqual([]);
    const lines = await refusalsOf(gateway, answer);
    expect(lines).toMatchObject([
      { level: 30, code: 'UNAUTHENTICATED', reason: stranger.reason ?? answer.errors[0]?.message },
    ]);
    expect(JSON.stringify([lines, answer.errors])).not.toContain('planted');
    for (const part of authorization?.split(/[ .]/).filter(({ length }) => length > 6) ?? []) {
      expect(gateway.output()).not.toContain(part);
    }
  });

  it(named('a token of 200 kB'), async () => {
    const answer = await gateway.askAs(
      await signToken({ claims: { scope: 'enrollment:read', text: 'x'.repeat(150_000) } }),
    );
    expectRefused(answer);
    expect(await refusalsOf(gateway, answer)).toMatchObject([{ reason: 'the token is too long' }]);
  });

  it('accepts a token of 16,384 characters, and none that is longer', async () => {
    const scope = 'enrollment:read';
    const sign = (text: string) => signToken({ claims: { scope, text } });
    /** Base64 encodes three characters as four, so a text of exactly this length exists. */
    const signOfLength = async (length: number): Promise<string> => {
      const empty = (await sign('')).length;
      for (let more = Math.floor(((length - empty) * 3) / 4) - 8; ; more += 1) {
        const token = await sign('x'.repeat(more));
        if (token.length - 'Bearer '.length >= length) return token;
      }
    };
    const longest = await signOfLength(16_384);
    expect(longest).toHaveLength('Bearer '.length + 16_384);
    expect(codesOf(await gateway.askAs(longest))).toEqual([]);
    sandbox.clearRequests();
    expectRefused(await gateway.askAs(await signOfLength(16_385)));
  });

  it('logs the missing scope as well', async () => {
    const answer = await gateway.askAs(await signToken({ claims: {} }));
    expect(codesOf(answer)).toEqual(['FORBIDDEN']);
    expect(await refusalsOf(gateway, answer)).toMatchObject([
      { code: 'FORBIDDEN', reason: answer.errors[0]?.message },
    ]);
  });

  it('writes no such line for a caller who is served, or who needs no token', async () => {
    for (const answer of [
      await gateway.askAs(await signToken()),
      await gateway.ask('{ __typename }', { authorization: 'Bearer x' }),
    ]) {
      expect(answer.errors).toEqual([]);
      expect(await refusalsOf(gateway, answer)).toEqual([]);
    }
  });

  it(named('two Authorization headers'), async () => {
    const authorization = await signToken();
    const response = await sendCredentials(gateway.url, list, [
      authorization,
      await signToken({ key: otherSecret }),
    ]);
    expect(response).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(await sendCredentials(gateway.url, list, [authorization])).toMatchObject({
      status: 200,
    });
  });
});

describe('the built gateway with the keys of an issuer', () => {
  let issuer: Issuer;
  let gateway: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    issuer = await startIssuer();
    issuer.publish(keyCases.flatMap(({ published }) => published));
    gateway = await start({ JWT_JWKS_URL: issuer.url });
  });
  afterAll(async () => {
    await gateway.stop();
    await issuer.close();
  });

  it.each(keyCases)('refuses a token for $name, and logs the reason', async (key) => {
    const answer = await gateway.askAs(key.authorization);
    expectRefused(answer);
    expect(answer.errors[0]?.message).toContain("The token's signature");
    expect(await refusalsOf(gateway, answer)).toMatchObject([
      { reason: expect.stringMatching(key.reason) },
    ]);
    expect(codesOf(await gateway.askAs(await issuer.sign()))).toEqual([]);
  });

  it('sends nothing of the caller to the issuer', () => {
    expect(issuer.downloads).toHaveLength(1);
    for (const headers of issuer.downloads) {
      expect(Object.keys(headers).sort()).toEqual([
        ...['accept', 'accept-encoding', 'accept-language', 'connection'],
        ...['host', 'sec-fetch-mode', 'user-agent'],
      ]);
    }
  });
});

/** Advances the gateway's clocks by eleven minutes at SIGUSR2. */
const movableClock = `--import=data:text/javascript,${encodeURIComponent(
  `let ahead = 0; for (const clock of [performance, Date]) { const now = clock.now.bind(clock); clock.now = () => now() + ahead; } process.on('SIGUSR2', () => { ahead += 660_000; console.log('the clock has moved'); });`,
)}`;

describe('an endpoint of keys', () => {
  let issuer: Issuer;
  let gateway: Awaited<ReturnType<typeof start>>;
  let moves = 0;

  /** A token that is still valid after the clock is advanced. */
  const sign = () => issuer.sign({ expiresIn: 86_400 });

  const moveClock = async (): Promise<void> => {
    moves += 1;
    gateway.kill('SIGUSR2');
    await vi.waitFor(() =>
      expect(gateway.output().split('the clock has moved')).toHaveLength(moves + 1),
    );
  };

  beforeAll(async () => {
    issuer = await startIssuer();
    gateway = await start({ JWT_JWKS_URL: issuer.url, NODE_OPTIONS: movableClock });
  });
  afterAll(async () => {
    await issuer.close();
    await gateway.stop();
  });

  it.each(
    troubleCases,
  )('that $name is UPSTREAM_UNAVAILABLE, and the log says why', async (trouble) => {
    issuer.behave(trouble.behave);
    await moveClock();
    const answer = await gateway.askAs(await sign());
    expect(codesOf(answer)).toEqual(['UPSTREAM_UNAVAILABLE']);
    expect(sandbox.requests()).toEqual([]);
    expect(await refusalsOf(gateway, answer)).toMatchObject([{ code: 'UPSTREAM_UNAVAILABLE' }]);
    expect(
      findLogLines(gateway.output(), "the issuer's keys could not be read").at(-1),
    ).toMatchObject({
      level: 40,
      reason: expect.stringContaining(trouble.reason),
    });
    expect(gateway.output() + JSON.stringify(answer.errors)).not.toContain('planted');
  });

  it(named('the key endpoint hangs from the tenth minute on'), async () => {
    issuer.publish([]);
    await moveClock();
    expect(codesOf(await gateway.askAs(await sign()))).toEqual([]);
    const { length: before } = issuer.downloads;
    issuer.behave(() => {});
    await moveClock();
    const beganMs = performance.now();
    for (let count = 0; count < 10; count += 1) {
      expect(codesOf(await gateway.askAs(await sign()))).toEqual([]);
    }
    // A download ends after 5 s, so no request has waited for it.
    expect(performance.now() - beganMs).toBeLessThan(4_000);
    expect(issuer.downloads).toHaveLength(before + 1);
  });
});
