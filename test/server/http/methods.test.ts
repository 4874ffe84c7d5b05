import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Gateway,
  startGateway,
  startWorld,
  type World,
} from '../../support/gateway/gateway.ts';
import { fetchSamples } from '../../support/gateway/metrics.ts';
import { startHttpServer } from '../../support/http/http-server.ts';
import { sendAsIs, type UndecodedAnswer, withoutRequestId } from '../../support/http/undecoded.ts';

const listed = 'https://admin.example.com';
const html = 'text/html,application/xhtml+xml,*/*;q=0.8';

let world: World;
let production: Gateway;

beforeAll(async () => {
  world = await startWorld({ tokens: 5 });
  production = await startGateway(
    { baseUrl: world.baseUrl, organization: world.sandbox.organizationId },
    { NODE_ENV: 'production', CORS_ORIGINS: listed },
  );
});
afterAll(async () => {
  await production.close();
  await world.close();
});

const ask = (
  target: string,
  method: string,
  headers: Readonly<Record<string, string>> = {},
  { url }: { readonly url: string } = world,
): Promise<UndecodedAnswer> =>
  sendAsIs(new URL(target, url), {
    method,
    headers: { accept: 'application/json', authorization: 'Bearer x', ...headers },
  });

const errorOf = ({ bytes }: UndecodedAnswer) => JSON.parse(bytes.toString()).errors[0];

const query = '/graphql?query={__typename}';
const ofGraphql = 'GET, HEAD, POST, OPTIONS';
const ofReading = 'GET, HEAD, OPTIONS';

interface Row {
  readonly target: string;
  /** The methods in Allow; null if nothing is at the path. */
  readonly allow: string | null;
  /** The status of each method. A POST has no body here. */
  readonly statuses: Readonly<Record<string, number>>;
}

const refused = { PUT: 405, DELETE: 405, PATCH: 405, TRACE: 405, PROPFIND: 405 };
const reading = { GET: 200, HEAD: 200, OPTIONS: 204, POST: 405, ...refused };
const absent = { GET: 404, HEAD: 404, OPTIONS: 404, POST: 404, PUT: 404, DELETE: 404, TRACE: 404 };

const rows: readonly Row[] = [
  {
    target: query,
    allow: ofGraphql,
    statuses: { GET: 200, HEAD: 200, OPTIONS: 204, POST: 415, ...refused },
  },
  {
    target: '/graphql/',
    allow: ofGraphql,
    statuses: { GET: 400, HEAD: 400, OPTIONS: 204, POST: 415, ...refused },
  },
  { target: '/health/live', allow: ofReading, statuses: reading },
  { target: '/health/ready?x', allow: ofReading, statuses: reading },
  { target: '/metrics', allow: ofReading, statuses: reading },
  { target: '/', allow: null, statuses: absent },
  { target: '/nowhere', allow: null, statuses: absent },
  { target: '/metrics/', allow: null, statuses: absent },
];

const cases = rows.flatMap(({ target, allow, statuses }) =>
  Object.entries(statuses).map(([method, status]) => ({ method, target, status, allow })),
);

describe('a request without a body', () => {
  it.each(cases)('$method $target gives $status', async ({ method, target, status, allow }) => {
    const headers = { accept: 'application/graphql-response+json' };
    const answer = await ask(target, method, target === '/metrics' ? {} : headers);
    expect(answer.status).toBe(status);
    const namesMethods = status === 204 || status === 405;
    expect(answer.headers['allow']).toBe(namesMethods ? (allow ?? 'none') : undefined);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.bytes.length > 0).toBe(method !== 'HEAD' && status !== 204);
    if (method === 'HEAD') expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
    if (status === 405) {
      expect(errorOf(answer)).toEqual({
        message: `The path does not have this method. It has ${allow}.`,
        extensions: { code: 'BAD_REQUEST', requestId: answer.headers['x-request-id'] },
      });
    }
  });

  it('has the same headers by HEAD as by GET', async () => {
    for (const target of [query, '/graphql', '/health/live', '/health/ready', '/', '/nowhere']) {
      const [head, got] = [await ask(target, 'HEAD'), await ask(target, 'GET')];
      expect(head.status).toBe(got.status);
      expect(withoutRequestId(head)).toEqual(withoutRequestId(got));
    }
  });

  it('by HEAD runs the query, and needs what a GET needs', async () => {
    const text = encodeURIComponent('{ enrollmentTokens(first: 1) { totalCount } }');
    const target = `/graphql?query=${text}`;
    world.sandbox.clearRequests();
    const authorization = `Bearer ${world.sandbox.apiKey}`;
    expect((await ask(target, 'HEAD', { authorization })).status).toBe(200);
    expect(world.calls()).not.toEqual([]);
    world.sandbox.clearRequests();
    expect((await ask(target, 'HEAD', { authorization: '' })).status).toBe(403);
    const mutation = await ask('/graphql?query=mutation{__typename}', 'HEAD');
    expect(mutation).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(world.calls()).toEqual([]);
  });

  it('by HEAD ends, also if the answer is a stream', async () => {
    const answer = await ask(query, 'HEAD', { accept: 'text/event-stream' });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/event-stream');
    expect(answer.bytes).toHaveLength(0);
  });

  it('by OPTIONS needs no accepted type, and has the same answer in production', async () => {
    for (const { url } of [world, production]) {
      for (const headers of [
        { accept: 'text/html' },
        { accept: 'image/png' },
        { origin: listed },
      ]) {
        const answer = await ask('/graphql', 'OPTIONS', headers, { url });
        expect(answer.status).toBe(204);
        expect(answer.headers['allow']).toBe(ofGraphql);
      }
    }
  });

  it('by OPTIONS is allowed to a page of a listed origin only', async () => {
    const preflight = { 'access-control-request-method': 'POST' };
    const own = await ask('/graphql', 'OPTIONS', { ...preflight, origin: listed }, production);
    expect(own.status).toBe(204);
    expect(own.headers).toMatchObject({
      'access-control-allow-origin': listed,
      'access-control-allow-methods': 'GET, POST',
    });
    const strange = { ...preflight, origin: 'https://other.example' };
    const other = await ask('/graphql', 'OPTIONS', strange, production);
    expect(other.status).toBe(204);
    expect(Object.keys(other.headers).filter((name) => name.startsWith('access-'))).toEqual([]);
  });
});

describe('an unknown path', () => {
  it('says what exists, and repeats nothing of the request', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json', html, '*/*']) {
      const answer = await ask('/planted?planted', 'GET', { accept });
      expect(answer.status).toBe(404);
      expect(errorOf(answer)).toEqual({
        message:
          'There is nothing at this path. GraphQL is at /graphql, the state of the process at /health/live and /health/ready, and its metrics at /metrics.',
        extensions: { code: 'BAD_REQUEST', requestId: answer.headers['x-request-id'] },
      });
      expect(answer.bytes.toString()).not.toContain('planted');
    }
  });

  it.each([
    '/graphql',
    '/health/live',
    '/health/ready',
    '/metrics',
  ])('names %s, where something is', async (target) => {
    expect(errorOf(await ask('/nowhere', 'GET')).message).toContain(target);
    expect((await ask(target, 'GET')).status).not.toBe(404);
  });

  it('is not counted as an operation, and neither is a method that a probe does not have', async () => {
    const before = await fetchSamples(world.url, 'gateway_operations_total');
    for (const target of ['/nowhere', '/', '/health/live', '/metrics']) await ask(target, 'DELETE');
    expect(await fetchSamples(world.url, 'gateway_operations_total')).toEqual(before);
    const { url, reports } = await startHttpServer(() => new Response('x'));
    for (const target of ['/nowhere', '/', '/health/live', '/metrics']) {
      await ask(target, 'POST', {}, { url });
    }
    expect(reports).toEqual([]);
    await ask('/graphql', 'DELETE', {}, { url });
    expect(reports).toMatchObject([{ kind: 'none', outcome: 'BAD_REQUEST' }]);
  });
});

describe('the path /', () => {
  it.each(['GET', 'HEAD'])('leads a browser to GraphiQL by %s', async (method) => {
    const answer = await ask('/?query=x', method, { accept: html });
    expect(answer.status).toBe(302);
    expect(answer.headers).toMatchObject({ location: '/graphql', 'cache-control': 'no-store' });
    expect(answer.headers['vary']).toContain('Accept');
    expect(answer.bytes).toHaveLength(0);
  });

  it.each(['POST', 'OPTIONS', 'PUT'])('leads nobody anywhere by %s', async (method) => {
    expect((await ask('/', method, { accept: html })).status).toBe(404);
  });

  it('is an unknown path for other clients, and without GraphiQL', async () => {
    for (const accept of ['*/*', 'application/json', 'application/json, text/html;q=0.9']) {
      expect((await ask('/', 'GET', { accept })).status).toBe(404);
    }
    for (const method of ['GET', 'HEAD']) {
      expect((await ask('/', method, { accept: html }, production)).status).toBe(404);
    }
    expect((await ask('/other', 'GET', { accept: html })).status).toBe(404);
  });
});
