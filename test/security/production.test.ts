import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/gateway/gateway.ts';
import { postJson } from '../support/http/post-json.ts';

/** The checks of a well-known scanner of GraphQL servers, and the other promises of production mode. */
let world: World;

beforeAll(async () => {
  world = await startWorld(
    { tokens: 30 },
    { NODE_ENV: 'production', CORS_ORIGINS: 'https://admin.example.com, https://b.example.com' },
  );
});

afterAll(() => world.close());

beforeEach(() => world.sandbox.clearRequests());

const read = async (response: Response) => ({
  status: response.status,
  headers: response.headers,
  text: await response.text(),
});

const send = async (init: RequestInit & { readonly query?: string }) => {
  const { query = '', ...rest } = init;
  return read(await fetch(`${world.url}${query}`, rest));
};

const json = { 'content-type': 'application/json' };
const post = async (body: unknown) => read(await postJson(world.url, body));

describe('a scanner in production mode', () => {
  it('finds no alias overloading', async () => {
    const aliases = Array.from({ length: 101 }, (_, index) => `alias${index}: __typename`);
    const { text } = await post({ query: `query cop { ${aliases.join(' ')} }` });
    expect(text).not.toContain('"alias100"');
    expect(text).toContain('101 aliases');
  });

  it('finds no array batching', async () => {
    const { status, text } = await post(Array(10).fill({ query: 'query cop { __typename }' }));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain('Query');
  });

  it('finds no directive overloading', async () => {
    const { text } = await post({ query: `query cop { __typename ${'@aa'.repeat(10)} }` });
    const { errors } = JSON.parse(text) as { readonly errors: readonly unknown[] };
    expect(errors.length).toBeLessThan(10);
    const many = await post({ query: `query cop { __typename ${'@aa'.repeat(60)} }` });
    expect(many.text).toContain('60 directives');
  });

  it('finds no circular introspection', async () => {
    const fields = 'fields { type { '.repeat(4);
    const { text } = await post({
      query: `query cop { __schema { types { ${fields} name ${'} }'.repeat(4)} } } }`,
    });
    expect(text).not.toContain('"types"');
  });

  it('finds no introspection', async () => {
    for (const query of [getIntrospectionQuery(), '{ __type(name: "Query") { name } }']) {
      const { text } = await post({ query });
      expect(text).toContain('introspection');
      expect(text).not.toContain('"data":{');
    }
  });

  it('finds no field duplication', async () => {
    const { text } = await post({ query: `query cop { ${'__typename \n'.repeat(500)} }` });
    expect(text).not.toContain('"__typename"');
  });

  it.each([
    ['a field', '{ enrollmentToken { id } }'],
    ['an argument', '{ enrollmentTokens(firs: 1) { totalCount } }'],
    ['a type', '{ enrollmentTokens { nodes { ... on AppleEnrolmentToken { id } } } }'],
    ['a value', '{ enrollmentTokens(filter: { states: [PENDINGG] }) { totalCount } }'],
    ['an input field', '{ enrollmentTokens(filter: { stats: [PENDING] }) { totalCount } }'],
    ['a field of the schema', '{ __schema { directive } }'],
  ])('finds no suggestions for %s', async (_name, query) => {
    const { text } = await post({ query });
    expect(text).toContain('"errors"');
    expect(text).not.toContain('Did you mean');
  });

  it.each<[string, unknown]>([
    ['a value', { states: ['PENDINGG'] }],
    ['an input field', { stats: ['PENDING'] }],
  ])('finds no suggestions for %s of a variable', async (_name, filter) => {
    const { text } = await post({
      query:
        'query($filter: EnrollmentTokenFilter) { enrollmentTokens(filter: $filter) { totalCount } }',
      variables: { filter },
    });
    expect(text).toContain('BAD_USER_INPUT');
    expect(text).not.toContain('Did you mean');
  });

  it('finds no mutation over GET', async () => {
    const { status, text } = await send({ query: '?query=mutation%20cop%20%7B__typename%7D' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(text).not.toContain('Mutation');
    const forced = await send({
      query: '?query=mutation%20cop%20%7B__typename%7D',
      headers: { 'x-graphql-yoga-csrf': '1' },
    });
    expect(forced.status).toBe(405);
  });

  it('finds no query over GET that a page of another site could send', async () => {
    const { status, text } = await send({ query: '?query=query%20cop%20%7B__typename%7D' });
    expect(status).toBe(403);
    expect(text).not.toContain('Query');
    expect(text).toContain(
      'A GET needs the header Authorization: Bearer …, or one of these with any value: apollo-require-preflight, x-apollo-operation-name, x-graphql-yoga-csrf. Or send a POST.',
    );
  });

  it.each([
    ['x-graphql-yoga-csrf', '1'],
    ['apollo-require-preflight', 'true'],
    ['x-apollo-operation-name', 'cop'],
    ['authorization', 'Bearer x'],
    ['content-type', 'application/json'],
  ])('finds a query over GET with the header %s, which needs a preflight request', async (name, value) => {
    const { status, text } = await send({
      query: '?query=query%20cop%20%7B__typename%7D',
      headers: { [name]: value },
    });
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });

  it.each([
    ['authorization', 'Basic dXNlcjpwYXNz'],
    ['authorization', 'negotiate abc'],
    ['authorization', 'Digest username="a"'],
    ['authorization', ' '],
    ['content-type', 'text/plain; charset=utf-8'],
    ['content-type', 'Multipart/Form-Data; boundary=x'],
    ['cookie', 'a=b'],
    ['accept-language', 'en'],
  ])('finds no query over GET with %s: %s, which a browser sends unasked', async (name, value) => {
    const { status } = await send({
      query: '?query=query%20cop%20%7B__typename%7D',
      headers: { [name]: value },
    });
    expect(status).toBe(403);
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/xml',
  ])('finds no POST of %s, whatever other headers it has', async (contentType) => {
    const { status, text } = await send({
      method: 'POST',
      headers: {
        'content-type': contentType,
        authorization: 'Bearer x',
        'x-graphql-yoga-csrf': '1',
      },
      body: 'query=query%20cop%20%7B__typename%7D',
    });
    expect(status).toBe(415);
    expect(text).not.toContain('Query');
  });

  it('finds no tracing', async () => {
    const { text } = await post({ query: 'query cop { __typename }' });
    expect(JSON.parse(text)).toEqual({ data: { __typename: 'Query' } });
  });

  it('finds no stack of an error', async () => {
    const { text } = await post({ query: 'query cop { enrollmentTokens { nodes { } } }' });
    expect(text).not.toMatch(/exception|stacktrace|node_modules|\.ts:/);
  });

  it.each([
    '',
    '/graphiql',
    '/playground',
    '/console',
    '/altair',
    '/graphql',
  ])('finds no GraphiQL at %s', async (path) => {
    const response = await fetch(new URL(path === '' ? '/' : path, world.url), {
      headers: { accept: 'text/html' },
    });
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await response.text()).not.toMatch(/graphiql|playground|<script/i);
  });
});

describe('production mode', () => {
  it('answers the documents of a router', async () => {
    const { text } = await post({ query: '{ _service { sdl } }' });
    expect(text).toContain('@key');
  });

  it.each<[string, () => ReturnType<typeof send>]>([
    ['an answer', () => post({ query: '{ __typename }' })],
    ['a refusal', () => post({ query: '{ enrollmentTokens { totalCount } }' })],
    ['a document that is none', () => post({ query: '{' })],
    ['a body that is none', () => send({ method: 'POST', headers: json, body: '{' })],
    ['a method that is not served', () => send({ method: 'DELETE' })],
  ])('keeps %s out of caches, and its type unguessed', async (_name, request) => {
    const { headers } = await request();
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('vary')).toContain('Authorization');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });

  it('allows the listed origins, and no others', async () => {
    const from = (origin: string, method = 'POST') =>
      send({
        method,
        headers: {
          ...json,
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'authorization,x-made-up',
        },
        ...(method === 'POST' && { body: '{"query":"{__typename}"}' }),
      });
    for (const origin of ['https://admin.example.com', 'https://b.example.com']) {
      for (const method of ['POST', 'OPTIONS']) {
        const { status, headers } = await from(origin, method);
        expect(status).toBe(method === 'POST' ? 200 : 204);
        expect(headers.get('access-control-allow-origin')).toBe(origin);
        expect(headers.get('access-control-allow-headers')).toBe('authorization,x-made-up');
        expect(headers.get('access-control-expose-headers')).toBe(
          'x-request-id, retry-after, www-authenticate, allow, accept-encoding',
        );
        expect(headers.get('access-control-allow-credentials')).toBeNull();
        expect(headers.get('vary')).toContain('Origin');
      }
    }
    for (const origin of [
      'https://evil.example.com',
      'null',
      'https://admin.example.com.evil.com',
    ]) {
      for (const method of ['POST', 'OPTIONS']) {
        const { headers } = await from(origin, method);
        expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    }
  });

  it('does not repeat a long text of the request', async () => {
    const { text } = await post({
      query: 'query($n: Int) { enrollmentTokens(first: $n) { totalCount } }',
      variables: { n: 'x'.repeat(100_000) },
    });
    expect(text.length).toBeLessThan(2_000);
  });

  it('reports only that a body is not JSON', async () => {
    const { status, text } = await send({
      method: 'POST',
      headers: json,
      body: '{"query": "a planted text" oops',
    });
    expect(status).toBe(400);
    expect(text).not.toContain('planted');
  });

  it('reports only that the variables of a GET are not JSON', async () => {
    const { status, text } = await send({
      query: '?query=%7B__typename%7D&variables=planted',
      headers: { 'x-graphql-yoga-csrf': '1' },
    });
    expect(status).toBe(400);
    expect(text).toContain('BAD_REQUEST');
    expect(text).not.toContain('planted');
  });

  describe.each(['with its length', 'in chunks'])('sent %s', (how) => {
    const sendBody = async (variable: string): Promise<number> => {
      const body = JSON.stringify({ query: '{ __typename }', variables: { a: variable } });
      const sent =
        how === 'in chunks'
          ? { body: new Blob([body]).stream(), duplex: 'half' as const }
          : { body };
      return (await send({ method: 'POST', headers: json, ...sent })).status;
    };

    it('refuses a body over 256 KiB', async () => {
      expect(await sendBody('x'.repeat(300_000))).toBe(413);
    });

    it('accepts a body just under 256 KiB, in any encoding', async () => {
      expect(await sendBody('ü'.repeat(125_000))).toBe(200);
    });
  });
});
