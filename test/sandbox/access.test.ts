import { afterEach, describe, expect, it } from 'vitest';
import type { LoggedRequest } from '../../src/sandbox/request-log.ts';
import type { SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { appleTokens, type Client, idsOf, startSandbox, totalOf, windowsTokens } from './client.ts';

const open: Client[] = [];
const start = async (options: Partial<SandboxOptions> = {}) => {
  const client = await startSandbox({ tokens: 20, ...options });
  open.push(client);
  return client;
};
afterEach(async () => {
  for (const { sandbox } of open.splice(0)) await sandbox.close();
});

describe('a key', () => {
  it('must be a known bearer token', async () => {
    const { sandbox, baseUrl } = await start();
    const url = `${baseUrl}/organizations/${sandbox.organizationId}`;
    for (const [authorization, code] of [
      [undefined, 4002],
      [`Basic ${sandbox.apiKey}`, 4002],
      ['Bearer nonsense', 4004],
    ] as const) {
      const response = await fetch(url, {
        headers: authorization === undefined ? {} : { authorization },
      });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ status: false, error: { code } });
    }
    sandbox.revokeKey(sandbox.apiKey);
    const revoked = await fetch(url, { headers: { authorization: `Bearer ${sandbox.apiKey}` } });
    expect(revoked.status).toBe(401);
  });

  it('allows the operations that its patterns match', async () => {
    const { sandbox, call } = await start();
    const key = sandbox.addKey({ permissions: ['mdm.windows.*', 'mdm.apple.enrollmentToken.get'] });
    expect((await call(windowsTokens, { key })).status).toBe(200);
    expect((await call(appleTokens, { key })).json).toMatchObject({ error: { code: 4003 } });
    const [token] = sandbox.platform('apple').tokens.all();
    expect((await call(`${appleTokens}/${token?.id}`, { key })).status).toBe(200);
    expect((await call('/mdm/users', { key })).status).toBe(403);
    expect((await call('', { key })).status).toBe(200);
  });
});

describe('an organization', () => {
  it('is found by id and by slug; the answer always has its id', async () => {
    const { sandbox, baseUrl } = await start();
    const headers = { authorization: `Bearer ${sandbox.apiKey}` };
    for (const name of [sandbox.organizationId, sandbox.organizationSlug]) {
      const response = await fetch(`${baseUrl}/organizations/${name}`, { headers });
      expect(await response.json()).toMatchObject({
        status: true,
        data: { id: sandbox.organizationId, slug: sandbox.organizationSlug },
      });
    }
    const other = await fetch(`${baseUrl}/organizations/another-company`, { headers });
    expect(other.status).toBe(404);
    expect(await other.json()).toMatchObject({ error: { code: 3001 } });
  });

  it('does not contain data of another organization', async () => {
    const { sandbox, baseUrl } = await start();
    const other = sandbox.addOrganization({ slug: 'fjord-clinics', tokens: 6, users: 3 });
    const otherKey = sandbox.addKey({ organization: other });
    const read = async (slug: string, path: string, key: string) => {
      const response = await fetch(`${baseUrl}/organizations/${slug}${path}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      const text = await response.text();
      const json: unknown = JSON.parse(text);
      return { status: response.status, headers: response.headers, text, json };
    };
    const own = await read(other.slug, `${windowsTokens}?show-deleted=true`, otherKey);
    expect(totalOf(own)).toBe(3);
    expect(own.text).toContain(other.id);
    expect(own.text).not.toContain(sandbox.organizationId);
    expect((await read(sandbox.organizationSlug, windowsTokens, otherKey)).status).toBe(404);
    expect((await read(other.slug, windowsTokens, sandbox.apiKey)).status).toBe(404);
    const [id] = idsOf(own);
    const path = `${windowsTokens}/${id}`;
    expect((await read(other.slug, path, otherKey)).status).toBe(200);
    expect((await read(sandbox.organizationSlug, path, sandbox.apiKey)).status).toBe(404);
  });
});

describe('the quota', () => {
  it('refuses further requests until the hour has passed, separately for each organization', async () => {
    let nowMs = Date.parse('2026-05-20T10:00:00.000Z');
    const { sandbox, call, baseUrl } = await start({
      requestsPerHour: 2,
      clock: () => new Date(nowMs),
    });
    const other = sandbox.addOrganization({ slug: 'fjord-clinics', tokens: 0 });
    const key = sandbox.addKey({ organization: other });
    await call('');
    nowMs += 600_000;
    await call('');
    const refused = await call('');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('3000');
    const headers = { authorization: `Bearer ${key}` };
    expect((await fetch(`${baseUrl}/organizations/fjord-clinics`, { headers })).status).toBe(200);
    nowMs += 3_000_000;
    expect((await call('')).status).toBe(200);
    sandbox.setQuota(0);
    expect((await call('')).status).toBe(429);
    sandbox.setQuota(null);
    expect((await call('')).status).toBe(200);
  });
});

describe('an operation', () => {
  it('can be switched off at the start or temporarily', async () => {
    const { sandbox, call } = await start({ switchedOff: ['mdm.windows.enrollmentToken.get'] });
    const [windows] = sandbox.platform('windows').tokens.all();
    const [apple] = sandbox.platform('apple').tokens.all();
    const missing = { status: 404, json: { error: { code: 1002 } } };
    expect(await call(`${windowsTokens}/${windows?.id}`)).toMatchObject(missing);
    expect((await call(`${appleTokens}/${apple?.id}`)).status).toBe(200);
    sandbox.switchOff('mdm.apple.*.remove');
    expect(await call(`${appleTokens}/${apple?.id}`, { method: 'DELETE' })).toMatchObject(missing);
    sandbox.switchOn('mdm.apple.*.remove');
    expect((await call(`${appleTokens}/${apple?.id}`, { method: 'DELETE' })).status).toBe(200);
    expect(await call('/mdm/users', { method: 'PUT', body: {} })).toMatchObject(missing);
    expect(await call(`${windowsTokens}/not-an-id`, { method: 'DELETE' })).toMatchObject({
      status: 400,
      json: { error: { code: 3001, data: [{ path: 'winEnrollmentTokenId' }] } },
    });
  });
});

describe('the request log', () => {
  it('records each request, without the key', async () => {
    const { sandbox, call } = await start();
    sandbox.clearRequests();
    await call(`${windowsTokens}?limit=2&sort=createdAt`, { headers: { 'x-request-id': 'abc' } });
    await call('/mdm/nothing', { method: 'POST', body: { a: 1 } });
    const [list, nothing] = sandbox.requests();
    expect(list).toMatchObject({
      method: 'GET',
      path: `/v1/organizations/${sandbox.organizationId}${windowsTokens}`,
      template: `/organizations/{organizationId}${windowsTokens}`,
      operation: 'mdm.windows.enrollmentToken.list',
      platform: 'windows',
      query: { limit: '2', sort: 'createdAt' },
      body: undefined,
      headers: { 'x-request-id': 'abc' },
      authorized: true,
      status: 200,
    });
    expect(nothing).toMatchObject({ template: null, body: { a: 1 }, status: 404 });
    expect(JSON.stringify(sandbox.requests())).not.toContain(sandbox.apiKey);
  });

  it('lets a listener change the stored data before a request is answered', async () => {
    const { sandbox, call } = await start({ tokens: 0 });
    const seen: LoggedRequest[] = [];
    const stop = sandbox.onRequest(async (request) => {
      seen.push(request);
      await Promise.resolve();
      sandbox.addToken('windows');
    });
    expect(totalOf(await call(windowsTokens))).toBe(1);
    expect(totalOf(await call(windowsTokens))).toBe(2);
    stop();
    expect(totalOf(await call(windowsTokens))).toBe(2);
    expect(seen).toHaveLength(2);
  });
});
