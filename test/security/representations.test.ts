import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../src/graphql/global-id.ts';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { createAsk, type Gateway } from '../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../support/gateway/gateway-process.ts';
import { postJson } from '../support/http/post-json.ts';
import { keyFields, oddValues } from './representation-cases.ts';

let sandbox: ReturnType<typeof createSandbox>;
let gateway: ReadyGateway;
let ask: Gateway['ask'];

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 20, users: 5 });
  const { baseUrl } = await sandbox.listen();
  gateway = await startReadyGateway(
    {
      NODE_ENV: 'production',
      APPLIVERY_BASE_URL: baseUrl,
      APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
    },
    ['--max-old-space-size=256'],
  );
  ask = createAsk(gateway.url, `Bearer ${sandbox.apiKey}`);
});

afterAll(async () => {
  await gateway.stop();
  await sandbox.close();
});

beforeEach(() => sandbox.clearRequests());

const resolve = (representations: readonly unknown[], authorization?: null) =>
  ask(
    'query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on MdmUser { email } } }',
    { variables: { r: representations }, ...(authorization === null && { authorization }) },
  );

const user = () => sandbox.organization.users.all()[0];
const userId = () => encodeTypeAndKey('MdmUser', `${sandbox.organizationId}:${user()?.id}`);
const emailKey = () => ({
  __typename: 'MdmUser',
  organizationId: sandbox.organizationId,
  email: user()?.['email'],
});
const found = () => [{ __typename: 'MdmUser', email: user()?.['email'] }];

const cases = keyFields.flatMap((field) => oddValues.map((odd) => ({ field, ...odd })));

describe('a representation with a field of another type or size', () => {
  it.each(
    cases.filter(({ field, as }) => !(field === 'email' && ['null', 'an empty text'].includes(as))),
  )('is refused by itself if $field is $as', async ({ field, value }) => {
    const base =
      field === 'email' || field === 'organizationId'
        ? emailKey()
        : { __typename: 'MdmUser', id: userId() };
    const { status, data, errors } = await resolve([{ ...base, [field]: value }, emailKey()]);
    expect(status).toBe(200);
    expect(data._entities).toEqual([null, ...found()]);
    expect(errors).toMatchObject([
      { path: ['_entities', 0], extensions: { code: 'BAD_USER_INPUT' } },
    ]);
    expect(JSON.stringify(errors).length).toBeLessThan(1_000);
  });

  it.each(oddValues)('is read by its e-mail key if the id beside it is $as', async ({ value }) => {
    const { data, errors } = await resolve([{ ...emailKey(), id: value }]);
    expect(errors).toEqual([]);
    expect(data._entities).toEqual(found());
  });

  it('is read by its e-mail key if the id is of another type, and by its id otherwise', async () => {
    const token = encodeTypeAndKey(
      'WindowsEnrollmentToken',
      `${sandbox.organizationId}:${user()?.id}`,
    );
    const beside = await resolve([{ ...emailKey(), id: token }]);
    expect(beside.errors).toEqual([]);
    expect(beside.data._entities).toEqual(found());
    const alone = await resolve([{ __typename: 'MdmUser', id: token }]);
    expect(alone.data._entities).toEqual([null]);
    expect(alone.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    const both = await resolve([{ ...emailKey(), email: 'nobody@example.com', id: userId() }]);
    expect(both.data._entities).toEqual(found());
  });

  it.each([
    ['null', null],
    ['empty', ''],
    ['blank', '   '],
    ['unknown', 'nobody@example.com'],
  ])('is nobody, without an error, if its address is %s', async (_name, email) => {
    const { data, errors } = await resolve([{ ...emailKey(), email }]);
    expect({ entities: data._entities, errors }).toEqual({ entities: [null], errors: [] });
  });

  it.each([
    null,
    7,
    'text',
    [],
    [[]],
    {},
    { __typename: null },
  ])('is refused by itself if it is %j', async (representation) => {
    // GraphQL itself refuses null in a list of non-null items.
    if (representation === null) {
      expect((await resolve([null])).errors[0]?.extensions['code']).toBe('BAD_USER_INPUT');
      return;
    }
    const { data, errors } = await resolve([representation, emailKey()]);
    expect(data._entities).toEqual([null, ...found()]);
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('takes no memory or time of its length, without a credential', async () => {
    const odd = { __typename: 'MdmUser', organizationId: '', email: '', id: { length: 1e9 } };
    for (let count = 0; count < 20; count += 1) {
      const { errors } = await resolve([odd], null);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    // The process has 256 MB: using the length would have ended it.
    expect((await resolve([emailKey()])).data._entities).toEqual(found());
  });
});

/** Other places of a request with values that GraphQL itself does not check. */
const bodies: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ['operationName', { query: '{ __typename }', operationName: { length: 1e9 } }],
  ['query', { query: { length: 1e9 } }],
  ['variables', { query: '{ __typename }', variables: 'x' }],
  ['extensions', { query: '{ __typename }', extensions: { persistedQuery: { length: 1e9 } } }],
  ['an ID', { query: 'query($v: ID!) { node(id: $v) { id } }', variables: { v: { length: 1e9 } } }],
  [
    'an e-mail address',
    {
      query: 'query($v: String!) { mdmUser(email: $v) { id } }',
      variables: { v: { length: 1e9 } },
    },
  ],
  [
    'a cursor',
    {
      query: 'query($v: String) { mdmUsers(after: $v) { totalCount } }',
      variables: { v: { length: 1e9 } },
    },
  ],
  [
    'a list of ids',
    { query: 'query($v: [ID!]!) { nodes(ids: $v) { id } }', variables: { v: { length: 1e9 } } },
  ],
];

describe('a parameter that is an object with a length', () => {
  it.each(bodies)('is refused as %s, or ignored', async (_name, body) => {
    const response = await postJson(gateway.url, body, {
      accept: 'application/graphql-response+json',
      authorization: `Bearer ${sandbox.apiKey}`,
    });
    const text = await response.text();
    expect([200, 400]).toContain(response.status);
    expect(text).not.toContain('INTERNAL_SERVER_ERROR');
    expect(text.length).toBeLessThan(2_000);
  });
});
