import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { errorCodes } from '../../../src/server/errors/public-errors.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 10, policies: 2, users: 5 });
});

afterAll(() => world.close());

/** Texts that break parsers, paths and encodings, and everything else. */
const anyText = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  fc.constantFrom(
    '../../organizations',
    '..%2f..%2fadmin',
    '%00',
    '\u0000',
    '\r\nX-Injected: 1',
    "' OR 1=1 --",
    '{{7*7}}',
    '__proto__',
    'constructor',
    'a'.repeat(10_000),
    '\ud800',
    '﷽'.repeat(100),
    '?limit=1#',
    '//evil.example.com',
  ),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64url')),
  fc
    .tuple(
      fc.constantFrom('MdmUser', 'ApplePolicy', 'WindowsEnrollmentToken', 'Query', ''),
      fc.string({ unit: 'binary', maxLength: 30 }),
    )
    .map(([type, key]) => encodeTypeAndKey(type, key)),
);

const templates = [
  /^\/v1\/organizations\/[\w-]{3,128}$/,
  /^\/v1\/organizations\/[a-f\d]{24}\/mdm\/users(\/[a-f\d]{24})?$/,
  /^\/v1\/organizations\/[a-f\d]{24}\/mdm\/(apple|windows)\/enterprise\/(policies|enrollment-tokens)(\/[a-f\d]{24}|\/bulk)?$/,
];

const knownCodes: readonly unknown[] = [
  ...errorCodes,
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
];

const expectWell = (answer: {
  readonly errors: readonly { readonly extensions: Readonly<Record<string, unknown>> }[];
}): void => {
  for (const { extensions } of answer.errors) {
    expect(knownCodes).toContain(extensions['code']);
    expect(extensions['code']).not.toBe('INTERNAL_SERVER_ERROR');
  }
  for (const { path } of world.sandbox.requests()) {
    const [pathname = ''] = path.split('?');
    expect(
      templates.some((template) => template.test(pathname)),
      path,
    ).toBe(true);
  }
  world.sandbox.clearRequests();
};

const places: readonly (readonly [string, string])[] = [
  [
    'a cursor to go on from',
    'query($v: String) { enrollmentTokens(first: 2, after: $v) { totalCount nodes { id } } }',
  ],
  [
    'a cursor to go back from',
    'query($v: String) { mdmPolicies(last: 2, before: $v) { nodes { id } } }',
  ],
  ['an id', 'query($v: ID!) { node(id: $v) { id } }'],
  ['one of many ids', 'query($v: ID!) { nodes(ids: [$v]) { id } }'],
  ['the id of a token', 'query($v: ID!) { enrollmentToken(id: $v) { id } }'],
  ['an organization', 'query($v: ID!) { enrollmentTokens(organizationId: $v) { totalCount } }'],
  [
    'a filter of users',
    'query($v: ID!) { enrollmentTokens(filter: { userId: $v }) { totalCount } }',
  ],
  [
    'a filter of policies',
    'query($v: ID!) { enrollmentTokens(filter: { policyId: $v }) { nodes { id } } }',
  ],
  [
    'a text to search',
    'query($v: String!) { mdmUsers(search: $v) { nodes { id } } enrollmentTokens(filter: { search: $v }) { nodes { id } } }',
  ],
  ['an address', 'query($v: String!) { mdmUser(email: $v) { id } }'],
  ['a tag', 'query($v: String!) { enrollmentTokens(filter: { anyTag: [$v] }) { nodes { id } } }'],
  [
    'the id of a revocation',
    'mutation($v: ID!) { revokeEnrollmentToken(input: { id: $v }) { userErrors { message } } }',
  ],
  [
    'the id of an update',
    'mutation($v: ID!) { updateEnrollmentToken(input: { id: $v, displayName: "x" }) { userErrors { message } } }',
  ],
  [
    'the user of a create',
    'mutation($v: ID!) { createAppleEnrollmentToken(input: { userId: $v, sendEmail: false }) { userErrors { message } } }',
  ],
  [
    'an address of a bulk create',
    'mutation($v: String!) { bulkCreateAppleEnrollmentTokens(input: { userEmails: [$v], sendEmail: false, validateOnly: true }) { userErrors { message } } }',
  ],
  [
    'a key of a create',
    'mutation($v: String!) { createAppleEnrollmentToken(input: { userId: "x", idempotencyKey: $v, sendEmail: false }) { userErrors { message } } }',
  ],
  [
    'the key of an entity',
    'query($v: ID!) { _entities(representations: [{ __typename: "MdmUser", id: $v }]) { __typename } }',
  ],
  [
    'the type of an entity',
    'query($v: String!) { _entities(representations: [{ __typename: $v, id: "x" }]) { __typename } }',
  ],
];

describe('any text', () => {
  it.each(
    places,
  )('as %s gives an answer or a clean error, and no path of its own', async (_name, query) => {
    await fc.assert(
      fc.asyncProperty(anyText, async (value) => {
        expectWell(await world.ask(query, { variables: { v: value } }));
      }),
      { numRuns: 25 },
    );
  });

  it('as a document gives a clean error', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        expectWell(await world.ask(text));
        expectWell(await world.ask(`{ ${text} }`));
      }),
      { numRuns: 40 },
    );
  });

  it('as the variables gives an answer or a clean error', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('v', 'first', '__proto__'), fc.jsonValue()),
        async (variables) => {
          expectWell(
            await world.ask(
              'query($v: EnrollmentTokenFilter, $first: Int) { enrollmentTokens(filter: $v, first: $first) { totalCount } }',
              { variables },
            ),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it('as a header that a client can send gives an answer or a clean error', async () => {
    const visible = fc.string({ maxLength: 60 }).map((text) => text.replace(/[^\x20-\x7e]/g, ''));
    await fc.assert(
      fc.asyncProperty(visible, visible, visible, async (authorization, requestId, traceparent) => {
        const answer = await world.ask('{ enrollmentTokens(first: 1) { totalCount } }', {
          authorization,
          headers: { 'x-request-id': requestId, traceparent, 'x-explain': requestId },
        });
        expectWell(answer);
        expect(answer.headers.get('x-request-id')).toMatch(/^[\w.-]{1,128}$/);
      }),
      { numRuns: 60 },
    );
  });
});

/** Sends raw bytes, and reads until the server ends the connection or sends nothing more. */
const sendRaw = (bytes: Uint8Array): Promise<string> =>
  new Promise((resolve) => {
    const { port } = new URL(world.url);
    let answer = '';
    const socket = connect(Number(port), '127.0.0.1', () => socket.end(bytes));
    socket.setTimeout(3_000, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
  });

describe('any bytes', () => {
  it('instead of HTTP are refused, and the next request is served', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
        expect(await sendRaw(bytes)).not.toMatch(/^HTTP\/1.1 [23]/);
      }),
      { numRuns: 40 },
    );
    expect((await world.ask('{ __typename }')).errors).toEqual([]);
  });

  it('in the body of a POST give a clean error', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        const response = await fetch(world.url, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: bytes,
        });
        expect(response.status).toBe(400);
        const { errors } = (await response.json()) as Parameters<typeof expectWell>[0];
        expectWell({ errors });
      }),
      { numRuns: 60 },
    );
  });

  it('in the query of a GET give a clean error', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, anyText, async (query, variables) => {
        const url = new URL(world.url);
        url.searchParams.set('query', query.slice(0, 2_000));
        url.searchParams.set('variables', variables.slice(0, 2_000));
        const response = await fetch(url, { headers: { 'x-graphql-yoga-csrf': '1' } });
        expect(response.status).toBeLessThan(500);
        const { errors = [] } = (await response.json()) as Partial<
          Parameters<typeof expectWell>[0]
        >;
        expectWell({ errors });
      }),
      { numRuns: 40 },
    );
  });
});
