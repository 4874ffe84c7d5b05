import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { appleTokens, type Client, startSandbox, windowsTokens } from './client.ts';

let client: Client;
let url: string;
beforeAll(async () => {
  client = await startSandbox();
  url = client.baseUrl.replace(/\/v1$/, '/sandbox');
});
afterEach(() => client.sandbox.faults.clear());
afterAll(() => client.sandbox.close());

const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const show = async (): Promise<unknown> => (await fetch(url)).json();

describe('a fault', () => {
  it('is switched on while the sandbox runs, counts its hits, and is switched off with all others', async () => {
    const answer = await post('/faults', { fault: ' forbidden platform=windows ' });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { faults: [{ fault: 'forbidden platform=windows', hits: 0 }] },
    ]);
    expect((await client.call(windowsTokens)).status).toBe(403);
    expect((await client.call(appleTokens)).status).toBe(200);
    expect(await show()).toMatchObject({
      faults: [{ fault: 'forbidden platform=windows', hits: 1 }],
    });
    const cleared = await fetch(`${url}/faults`, { method: 'DELETE' });
    expect([cleared.status, await cleared.json()]).toEqual([200, { faults: [] }]);
    expect((await client.call(windowsTokens)).status).toBe(200);
  });

  it.each([
    ['status=503 times=1', [503, 200]],
    ['status=503 method=POST', [200, 200]],
    ['status=503 operation=mdm.*.enrollmentToken.list', [503, 503]],
    ['status=503 path=limit=7', [503, 503]],
    ['status=503 path=limit=8 times=1', [200, 200]],
  ])('%s applies to the requests that meet its conditions', async (fault, statuses) => {
    expect((await post('/faults', { fault })).status).toBe(200);
    const answered: number[] = [];
    while (answered.length < statuses.length) {
      answered.push((await client.call(`${windowsTokens}?limit=7`)).status);
    }
    expect(answered).toEqual(statuses);
  });

  it('that is wrong is refused with every problem, and none is switched on', async () => {
    const answer = await post('/faults', {
      fault: 'explode method=GRAB platform=beos operation=mdm.nothing times=0 often=1 path=',
    });
    const { errors } = (await answer.json()) as { errors: string[] };
    expect(answer.status).toBe(400);
    expect(errors.map((error) => error.split(':')[0]?.slice(0, 27))).toEqual([
      'there is no fault "explode"',
      'method must be one of GET, ',
      'platform must be one of app',
      'operation must be one of ba',
      'path must be a part of a pa',
      'times must be a whole numbe',
      'there is no condition "ofte',
    ]);
    expect(client.sandbox.faults.all()).toEqual([]);
  });
});

describe('a key', () => {
  it('is created with its permissions, and is listed', async () => {
    const answer = await post('/keys', { permissions: ['mdm.apple.*'] });
    const { key, permissions } = (await answer.json()) as { key: string; permissions: string[] };
    expect(permissions).toEqual(['mdm.apple.*']);
    expect((await client.call(appleTokens, { key })).status).toBe(200);
    expect((await client.call(windowsTokens, { key })).status).toBe(403);
    expect(await show()).toMatchObject({
      organization: { id: client.sandbox.organizationId, slug: 'lumen-logistics' },
      keys: expect.arrayContaining([
        { key: client.sandbox.apiKey, permissions: ['*'] },
        { key, permissions: ['mdm.apple.*'] },
      ]),
    });
  });

  it('with a pattern that matches no permission is refused', async () => {
    const answer = await post('/keys', { permissions: ['mdm.apple.*', 'mdm.beos.*'] });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      errors: [expect.stringMatching(/^"mdm\.beos\.\*" matches no permission/)],
    });
  });
});

describe('a request that is no use of the routes', () => {
  it.each([
    ['no JSON', '/faults', 'fault', 400],
    ['another form', '/faults', { fault: 1 }, 400],
    ['a further field', '/faults', { fault: 'plan', times: 1 }, 400],
    ['no permissions', '/keys', { permissions: [] }, 400],
    ['a large body', '/faults', { fault: 'x'.repeat(20_000) }, 413],
    ['an unknown path', '/nothing', {}, 404],
    ['a method that the path lacks', '', {}, 405],
  ] as const)('with %s is refused with a message', async (_, path, body, status) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ errors: [expect.any(String)] });
  });

  it('is not in the log of the API, and no fault applies to it', async () => {
    client.sandbox.clearRequests();
    client.sandbox.faults.add({ kind: 'status', status: 503 });
    expect(await show()).toMatchObject({ faults: [{ fault: 'status', hits: 0 }] });
    expect(client.sandbox.requests()).toEqual([]);
  });
});

describe('a page of a web site', () => {
  /** Fetch would not let a test set the Origin. */
  const ask = (method: string, path: string, headers: Record<string, string>) =>
    new Promise<{ status: number | undefined; names: string[] }>((resolve, reject) => {
      request(`${url}${path}`, { method, headers }, (response) => {
        response.resume();
        resolve({ status: response.statusCode, names: Object.keys(response.headers) });
      })
        .on('error', reject)
        .end(method === 'POST' ? '{"fault":"plan"}' : undefined);
    });
  const json = { 'content-type': 'application/json' };

  it.each([
    ['GET', ''],
    ['POST', '/faults'],
    ['DELETE', '/faults'],
    ['OPTIONS', '/faults'],
  ])('cannot use %s, and gets no CORS header', async (method, path) => {
    for (const origin of ['https://example.com', 'null', new URL(url).origin]) {
      const { status, names } = await ask(method, path, { ...json, origin });
      expect(status).toBe(403);
      expect(names.filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
    expect(client.sandbox.faults.all()).toEqual([]);
  });

  it('cannot send a form either', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      expect((await ask('POST', '/faults', { 'content-type': type })).status).toBe(415);
    }
    expect((await ask('POST', '/faults', {})).status).toBe(415);
    expect(client.sandbox.faults.all()).toEqual([]);
    expect((await ask('POST', '/faults', json)).status).toBe(200);
  });
});
