import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Gateway,
  startGateway,
  startWorld,
  type World,
} from '../../support/gateway/gateway.ts';

let world: World;
let production: Gateway;
let origin: string;

beforeAll(async () => {
  world = await startWorld({ tokens: 20, users: 4, policies: 4 });
  production = await startGateway(
    { baseUrl: world.baseUrl, organization: world.sandbox.organizationId },
    { NODE_ENV: 'production' },
  );
  origin = new URL(world.url).origin;
});
afterAll(async () => {
  await production.close();
  await world.close();
});

const post = (body: string, headers: Record<string, string> = {}, url = world.url) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
const typename = JSON.stringify({ query: '{ __typename }' });

describe('GraphQL over HTTP', () => {
  const audits = serverAudits({
    url: () => world.url,
    // A GET needs a header that another site's page can send only after a preflight request.
    fetchFn: (url: string, init: RequestInit = {}) => {
      const headers = new Headers(init.headers);
      headers.set('x-graphql-yoga-csrf', '1');
      return fetch(url, { ...init, headers });
    },
  });

  it('has audits for every level', () => {
    expect(audits.length).toBeGreaterThan(50);
    for (const level of ['MUST', 'SHOULD', 'MAY']) {
      expect(audits.some(({ name }) => name.startsWith(level))).toBe(true);
    }
  });

  it.each(
    audits.map((audit) => [audit.id, audit.name, audit] as const),
  )('%s: %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect(result).toMatchObject({ status: 'ok' });
  });

  it('answers a JSON body with the media type that was asked for', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const response = await post(typename, { accept });
      expect(response.headers.get('content-type')).toBe(`${accept}; charset=utf-8`);
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
  });

  it('refuses several operations in one body', async () => {
    const response = await post(`[${typename},${typename}]`);
    expect(response.status).toBe(400);
    expect(await response.json()).not.toHaveProperty('data');
  });

  it.each([
    ['no JSON', '{', 400],
    ['a bare value', '7', 400],
    ['no query', '{}', 200],
    ['a query that is no text', '{"query": {}}', 400],
  ])('refuses %s with an error that has a code and the request id', async (_name, body, status) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    const { errors } = await response.json();
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_REQUEST', requestId: response.headers.get('x-request-id') } },
    ]);
  });

  it('accepts no mutation by GET', async () => {
    const query = encodeURIComponent(
      'mutation { revokeEnrollmentToken(input: { id: "x" }) { userErrors { code } } }',
    );
    const response = await fetch(`${world.url}?query=${query}`, {
      headers: { 'x-graphql-yoga-csrf': '1', accept: 'application/json' },
    });
    expect(response.status).toBe(405);
  });

  it('allows no answer to be cached', async () => {
    const response = await post(typename);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });
});

describe('the health routes', () => {
  it('report that the process runs and accepts work, whatever the API does', async () => {
    world.sandbox.faults.add({ kind: 'status', status: 500 });
    for (const [path, text] of [
      ['/health/live', 'live\n'],
      ['/health/ready', 'ready\n'],
    ]) {
      const response = await fetch(`${origin}${path}`);
      expect(response.status).toBe(200);
      expect(await response.text()).toBe(text);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
    world.sandbox.faults.clear();
  });

  it('report it when the process accepts no more work', async () => {
    const leaving = await startGateway({ baseUrl: world.baseUrl });
    leaving.app.drain();
    const at = (path: string) => fetch(`${new URL(leaving.url).origin}${path}`);
    expect((await at('/health/ready')).status).toBe(503);
    expect((await at('/health/live')).status).toBe(200);
    await leaving.close();
  });

  it('are the only routes except /graphql and /metrics', async () => {
    for (const path of ['/', '/graphql/x', '/health/other', '/constructor', '/.env']) {
      expect((await fetch(`${origin}${path}`)).status).toBe(404);
    }
  });
});

describe('a browser', () => {
  const open = (url: string) => fetch(url, { headers: { accept: 'text/html' } });

  it('gets GraphiQL at /graphql', async () => {
    const response = await open(world.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(await response.text()).toContain('NewestTokens');
  });

  it('gets none in production', async () => {
    const response = await open(production.url);
    expect(response.status).not.toBe(200);
    expect(await response.text()).not.toContain('<html');
  });
});

describe('in production', () => {
  it('only routers get the schema', async () => {
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "Query") { name } }']) {
      const { data, errors } = await production.ask(query);
      expect(data).toBeNull();
      expect(errors[0]).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
    }
    const { data } = await production.ask('{ __typename _service { sdl } }');
    expect(data._service.sdl).toContain('type Query');
  });

  it('names of the schema are not suggested', async () => {
    const { errors } = await production.ask('{ enrollmentToken }');
    const { errors: mistyped } = await production.ask('{ enrolmentTokens { totalCount } }');
    expect(JSON.stringify([errors, mistyped])).not.toMatch(/did you mean/i);
  });
});
