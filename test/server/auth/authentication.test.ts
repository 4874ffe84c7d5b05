import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../../support/gateway/gateway.ts';
import {
  claimsWith,
  secret,
  serviceEnvironment,
  signText,
  signToken,
  startIssuer,
  type TokenOptions,
} from './callers.ts';
import { strangers, unscoped, unsigned } from './refused-callers.ts';
import { sendCredentials } from './send-credentials.ts';

let sandbox: Sandbox;
let baseUrl: string;
let gateway: Gateway;
let issuer: Awaited<ReturnType<typeof startIssuer>>;

const list = '{ enrollmentTokens(first: 1) { nodes { id enrollmentLink } } }';
const revoke = (id: string) =>
  `mutation { revokeEnrollmentToken(input: { id: "${id}" }) { userErrors { code } } }`;

const startService = (environment: Readonly<Record<string, string>>) =>
  startGateway(
    { baseUrl, organization: sandbox.organizationId },
    { ...serviceEnvironment, APPLIVERY_API_KEY: sandbox.apiKey, ...environment },
  );

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  ({ baseUrl } = await sandbox.listen());
  gateway = await startService({ JWT_SECRET: secret });
  issuer = await startIssuer();
});

afterAll(async () => {
  await gateway.close();
  await issuer.close();
  await sandbox.close();
});

beforeEach(() => sandbox.clearRequests());

/** Whoever was refused, the next caller is served. */
afterEach(async () => {
  expect((await gateway.ask(list, { authorization: await signToken() })).errors).toEqual([]);
});

describe('service mode with a secret', () => {
  it('serves a caller with a good token, and shows the API the key of the gateway only', async () => {
    const answer = await gateway.ask(list, { authorization: await signToken() });
    expect(answer.status).toBe(200);
    expect(answer.errors).toEqual([]);
    expect(answer.data.enrollmentTokens.nodes).toHaveLength(1);
    expect(sandbox.requests().map(({ status }) => status)).toEqual([200, 200]);
  });

  it.each(strangers)('refuses $name with 401, before any call', async (stranger) => {
    const authorization = await stranger.authorization(sandbox.apiKey);
    const answer = await gateway.ask(list, { authorization });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe(
      stranger.reason === undefined ? 'Bearer' : 'Bearer error="invalid_token"',
    );
    expect(answer.data).toBeNull();
    expect(answer.errors[0]?.message).toContain(stranger.names);
    expect(answer.errors.map(({ extensions }) => extensions)).toEqual([
      { code: 'UNAUTHENTICATED', requestId: expect.any(String) },
    ]);
    expect(sandbox.requests()).toEqual([]);
  });

  it.each([
    ['a scheme in lower case', async () => (await sign()).replace('Bearer', 'bearer')],
    ['a subject of 2,048 characters', () => sign({ subject: 'a'.repeat(2_048) })],
    ['the audience among others', async () => signText(claimsWith({ aud: ['x', 'enrollment'] }))],
  ])('serves a token with %s', async (_name, authorization) => {
    const { errors } = await gateway.ask(list, { authorization: await authorization() });
    expect(errors).toEqual([]);
  });

  it.each<[string, TokenOptions]>([
    ['scope', { claims: { scope: 'openid enrollment:read' } }],
    ['scp', { claims: { scp: ['enrollment:read'] } }],
    ['scp in one text', { claims: { scp: 'a enrollment:read' } }],
    ['permissions', { claims: { permissions: ['enrollment:read'] } }],
  ])('reads scopes from %s', async (_name, options) => {
    expect((await gateway.ask(list, { authorization: await sign(options) })).errors).toEqual([]);
  });

  it.each(unscoped)('refuses $name, before any call', async ({ claims, operation, scope }) => {
    const answer = await gateway.ask(operation, { authorization: await signToken({ claims }) });
    expect(answer.data).toBeNull();
    expect(answer.errors.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
    expect(answer.errors[0]?.message).toContain(scope);
    expect(sandbox.requests()).toEqual([]);
  });

  it('lets a caller with the write scope write', async () => {
    const token = sandbox.addToken('windows');
    const id = Buffer.from(
      `WindowsEnrollmentToken:${sandbox.organizationId}:${String(token['id'])}`,
    ).toString('base64url');
    const answer = await gateway.ask(revoke(id), {
      authorization: await sign({ claims: { scope: 'enrollment:write' } }),
    });
    expect(answer.data.revokeEnrollmentToken.userErrors).toEqual([]);
  });

  it('needs no token for fields that are answered from the schema alone', async () => {
    const { errors, data } = await gateway.ask(
      '{ _service { sdl } __typename ...S } fragment S on Query { __schema { queryType { name } } }',
      { authorization: null },
    );
    expect(errors).toEqual([]);
    expect(data._service.sdl).toContain('@key');
  });

  it('needs a token with the scope if only one of many fields does', async () => {
    const operation = `{ _service { sdl } ... { ${list.slice(1)} }`;
    const unscoped = await gateway.ask(operation, { authorization: await sign({ claims: {} }) });
    expect(unscoped.data).toBeNull();
    expect(unscoped.errors.map(({ extensions }) => extensions['code'])).toEqual(['FORBIDDEN']);
    const { status } = await gateway.ask(operation, { authorization: null });
    expect(status).toBe(401);
    expect(sandbox.requests()).toEqual([]);
  });

  it('separates the idempotency keys of different callers', async () => {
    const user = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }', {
      authorization: await sign(),
    });
    const create = `mutation { createWindowsEnrollmentToken(input: { userId: "${user.data.mdmUsers.nodes[0].id}", sendEmail: false, idempotencyKey: "one" }) { replayed enrollmentToken { id } userErrors { message } } }`;
    const answers = [];
    for (const subject of ['ana', 'ana', 'ben']) {
      const { data } = await gateway.ask(create, { authorization: await sign({ subject }) });
      answers.push(data.createWindowsEnrollmentToken);
    }
    const [first, again, other] = answers;
    expect(first.userErrors).toEqual([]);
    expect(again).toMatchObject({ replayed: true, enrollmentToken: first.enrollmentToken });
    expect(other.replayed).toBe(false);
    expect(other.enrollmentToken.id).not.toBe(first.enrollmentToken.id);
  });
});

const sign = signToken;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('service mode with the keys of an issuer', () => {
  let other: Gateway;

  beforeAll(async () => {
    other = await startService({ JWT_JWKS_URL: issuer.url });
  });

  afterAll(() => other.close());

  it('accepts a token that the issuer signed', async () => {
    expect((await other.ask(list, { authorization: await issuer.sign() })).errors).toEqual([]);
  });

  it.each<[string, () => Promise<string>]>([
    [
      'a symmetric signature with the public key as its secret',
      () => sign({ key: bytes(issuer.publicKeyText), keyId: 'first' }),
    ],
    ['a key that the issuer does not have', () => issuer.sign({ keyId: 'other' })],
    ['no signature', async () => unsigned(await issuer.sign())],
  ])('refuses %s', async (_name, authorization) => {
    const answer = await other.ask(list, { authorization: await authorization() });
    expect(answer.status).toBe(401);
    expect(sandbox.requests()).toEqual([]);
  });

  it('distinguishes an issuer that is down from a refused token', async () => {
    const gone = await startIssuer();
    const waiting = await startService({ JWT_JWKS_URL: gone.url });
    try {
      await gone.close();
      const answer = await waiting.ask(list, { authorization: await gone.sign() });
      expect(answer.errors.map(({ extensions }) => extensions['code'])).toEqual([
        'UPSTREAM_UNAVAILABLE',
      ]);
      expect(sandbox.requests()).toEqual([]);
    } finally {
      await waiting.close();
    }
  });
});

describe('passthrough', () => {
  it('sends the credential of the caller to the API, and refuses none before a call', async () => {
    const passing = await startGateway({ baseUrl, organization: sandbox.organizationId });
    try {
      const good = await passing.ask(list, { authorization: `Bearer ${sandbox.apiKey}` });
      expect(good.errors).toEqual([]);
      sandbox.clearRequests();
      const none = await passing.ask(list, { authorization: null });
      expect(none.status).toBe(401);
      expect(none.headers.get('www-authenticate')).toBe('Bearer');
      expect(sandbox.requests()).toEqual([]);
      const wrong = await passing.ask(list, { authorization: 'Bearer wrong' });
      expect(wrong.status).toBe(401);
      expect(wrong.errors[0]?.extensions['code']).toBe('UNAUTHENTICATED');
      sandbox.clearRequests();
      const key = `Bearer ${sandbox.apiKey}`;
      expect(await sendCredentials(passing.url, list, [key, 'Bearer other'])).toEqual({
        status: 400,
        code: 'BAD_REQUEST',
      });
      expect(await sendCredentials(passing.url, list, [key, key])).toMatchObject({ status: 400 });
      expect(sandbox.requests()).toEqual([]);
    } finally {
      await passing.close();
    }
  });
});
