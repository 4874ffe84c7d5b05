import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Gateway, type GraphQLAnswer, startGateway } from '../../support/gateway/gateway.ts';
import { postJson } from '../../support/http/post-json.ts';
import { secret, serviceEnvironment, signToken } from './callers.ts';

// Not the default names, to test the configuration of the scopes.
const readScope = 'tokens.view';
const writeScope = 'tokens.edit';

let sandbox: Sandbox;
let gateway: Gateway;

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 4 });
  const { baseUrl } = await sandbox.listen();
  gateway = await startGateway(
    { baseUrl, organization: sandbox.organizationId },
    {
      ...serviceEnvironment,
      APPLIVERY_API_KEY: sandbox.apiKey,
      JWT_SECRET: secret,
      JWT_READ_SCOPE: readScope,
      JWT_WRITE_SCOPE: writeScope,
    },
  );
});
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});
beforeEach(() => sandbox.clearRequests());

/** The scopes of each caller. Null: a caller without a token. */
const callers: readonly (readonly [name: string, scopes: readonly string[] | null])[] = [
  ['a caller without a token', null],
  ['a caller without a scope', []],
  ['a caller with scopes of other names', ['enrollment:read', 'enrollment:write']],
  ['a reader', [readScope]],
  ['a writer', [writeScope]],
  ['a reader and writer', [writeScope, readScope]],
];

const authorizationOf = async (scopes: readonly string[] | null): Promise<string | null> =>
  scopes && signToken({ claims: { scope: scopes.join(' ') } });

/** OK, or the code of the refusal and the scope in its message. */
const outcomeOf = ({ errors }: GraphQLAnswer): string => {
  const [error] = errors;
  if (!error) return 'OK';
  const scope = /lacks the scope (\S+)\./.exec(error.message)?.[1];
  return [error.extensions['code'], scope].filter((part) => part !== undefined).join(' ');
};

/** The expected outcome for a caller with these scopes, if those are needed in this order. */
const expectedOutcome = (scopes: readonly string[] | null, needed: readonly string[]): string => {
  if (needed.length === 0) return 'OK';
  if (scopes === null) return 'UNAUTHENTICATED';
  const missing = needed.find((scope) => !scopes.includes(scope));
  return missing === undefined ? 'OK' : `FORBIDDEN ${missing}`;
};

/** Sends the operation as every caller, and compares the outcomes. A refused operation has made no call. */
const expectNeeds = async (
  needed: readonly string[],
  document: string,
  operationName?: string,
): Promise<void> => {
  const answered: Record<string, string> = {};
  const expected: Record<string, string> = {};
  for (const [name, scopes] of callers) {
    sandbox.clearRequests();
    const authorization = await authorizationOf(scopes);
    const answer = await gateway.ask(document, {
      authorization,
      ...(operationName !== undefined && { operationName }),
    });
    answered[name] = outcomeOf(answer);
    expected[name] = expectedOutcome(scopes, needed);
    if (answered[name] === 'OK') continue;
    expect(answer.data).toBeNull();
    expect(sandbox.requests()).toEqual([]);
  }
  expect(answered).toEqual(expected);
};

const read = [readScope];
const write = [writeScope];
const both = [writeScope, readScope];

const page = 'enrollmentTokens(first: 1) { nodes { id } }';
const revoke = 'revokeEnrollmentToken(input: { id: "x" }) { userErrors { code } }';
const revokeAndRead =
  'revokeEnrollmentToken(input: { id: "x" }) { enrollmentToken { displayName } userErrors { code } }';

describe('a query', () => {
  it.each([
    ['__typename', '{ __typename }'],
    ['what a router asks', '{ _service { sdl } }'],
    ['introspection', '{ __schema { queryType { name } } __type(name: "Query") { name } }'],
    [
      'all of these, under other names',
      '{ enrollmentTokens: __typename ...S } fragment S on Query { mdmUsers: _service { sdl } }',
    ],
  ])('for %s needs no scope', async (_name, document) => {
    await expectNeeds([], document);
  });

  it.each([
    ['after __typename', `{ __typename ${page} }`],
    ['before __typename', `{ ${page} __typename }`],
    ['beside what a router asks', `{ _service { sdl } ${page} }`],
    ['beside introspection', `{ __schema { queryType { name } } ${page} }`],
    ['under the name of __typename', `{ __typename: ${page} }`],
    ['under the name of what a router asks', `{ _service: ${page} }`],
    ['in a fragment', `{ __typename ...P } fragment P on Query { ${page} }`],
    [
      'in the second of two fragments',
      `{ ...O ...P } fragment P on Query { ${page} } fragment O on Query { __typename }`,
    ],
    [
      'in a fragment of a fragment',
      `{ __typename ...O } fragment O on Query { __typename ...P } fragment P on Query { ${page} }`,
    ],
    ['in an inline fragment', `{ __typename ... on Query { ${page} } }`],
    ['in an inline fragment without a type', `{ __typename ... { ... { ${page} } } }`],
    [
      'in a fragment within an inline one',
      `{ ... { ...P } __typename } fragment P on Query { ${page} }`,
    ],
  ])('for tokens %s needs the scope for reading', async (_name, document) => {
    await expectNeeds(read, document);
  });

  const rootFields: Readonly<Record<string, string>> = {
    enrollmentToken: 'enrollmentToken(id: "eDp5Ono") { id }',
    enrollmentTokens: page,
    mdmPolicies: 'mdmPolicies(first: 1) { nodes { id } }',
    mdmUser: 'mdmUser(email: "nobody@example.com") { id }',
    mdmUsers: 'mdmUsers(first: 1) { nodes { id } }',
    node: 'node(id: "eDp5Ono") { id }',
    nodes: 'nodes(ids: []) { id }',
    _entities: '_entities(representations: []) { __typename }',
  };

  it('has a case here for every field that needs a scope', async () => {
    const { data } = await gateway.ask('{ __schema { queryType { fields { name } } } }');
    const names: string[] = data.__schema.queryType.fields.map(
      ({ name }: { readonly name: string }) => name,
    );
    expect(names.toSorted()).toEqual([...Object.keys(rootFields), '_service'].toSorted());
  });

  it.each(
    Object.entries(rootFields),
  )('for %s needs the scope for reading, beside what needs none', async (_name, field) => {
    for (const scopes of [[], [writeScope]]) {
      const authorization = await authorizationOf(scopes);
      const answer = await gateway.ask(`{ _service { sdl } ${field} __typename }`, {
        authorization,
      });
      expect(outcomeOf(answer)).toBe(`FORBIDDEN ${readScope}`);
      expect(answer.data).toBeNull();
    }
    expect(sandbox.requests()).toEqual([]);
  });
});

describe('a mutation', () => {
  it('for __typename needs no scope', async () => {
    await expectNeeds([], 'mutation { __typename ... on Mutation { it: __typename } }');
  });

  it.each([
    ['alone', `mutation { ${revoke} }`],
    ['after __typename', `mutation { __typename ${revoke} }`],
    ['before __typename', `mutation { ${revoke} __typename }`],
    ['under the name of __typename', `mutation { __typename: ${revoke} }`],
    ['in a fragment', `mutation { __typename ...R } fragment R on Mutation { ${revoke} }`],
    ['in an inline fragment', `mutation { __typename ... on Mutation { ... { ${revoke} } } }`],
  ])('that revokes, %s, needs the scope for writing', async (_name, document) => {
    await expectNeeds(write, document);
  });

  it.each([
    ['after __typename', `mutation { __typename ${revokeAndRead} }`],
    ['after one that only writes', `mutation { one: ${revoke} two: ${revokeAndRead} }`],
    [
      'in a fragment',
      `mutation { one: ${revoke} ...R } fragment R on Mutation { two: ${revokeAndRead} }`,
    ],
  ])('that reads what it revokes, %s, needs both scopes', async (_name, document) => {
    await expectNeeds(both, document);
  });

  it.each([
    ['a caller without a token', null],
    ['a caller without a scope', []],
    ['a reader', [readScope]],
  ] as const)('of %s revokes nothing, and of a writer it does', async (_name, scopes) => {
    const token = sandbox.addToken('windows');
    const id = encodeTypeAndKey('WindowsEnrollmentToken', `${sandbox.organizationId}:${token.id}`);
    const document = `mutation { __typename ... { revokeEnrollmentToken(input: { id: "${id}" }) { userErrors { code } } } }`;
    const stateOf = () => sandbox.platform('windows').tokens.get(token.id)?.['state'];
    const refused = await gateway.ask(document, { authorization: await authorizationOf(scopes) });
    expect(outcomeOf(refused)).toBe(expectedOutcome(scopes, write));
    expect(stateOf()).toBe('PENDING');
    const done = await gateway.ask(document, {
      authorization: await authorizationOf([writeScope]),
    });
    expect(outcomeOf(done)).toBe('OK');
    expect(stateOf()).toBe('DELETED');
  });
});

describe('of several operations in a document', () => {
  const document = `
    query Open { __typename _service { sdl } }
    query Read { __typename ...P }
    mutation Write { __typename ${revoke} }
    mutation WriteAndRead { ${revokeAndRead} }
    fragment P on Query { ${page} }`;
  const reversed = document.trim().split('\n').toReversed().join('\n');

  it.each<[string, readonly string[]]>([
    ['Open', []],
    ['Read', read],
    ['Write', write],
    ['WriteAndRead', both],
  ])('%s needs its own scopes, wherever it stands', async (operationName, needed) => {
    await expectNeeds(needed, document, operationName);
    await expectNeeds(needed, reversed, operationName);
  });

  it.each([undefined, 'Other'])('none runs for the name %s', async (operationName) => {
    for (const [, scopes] of callers) {
      const { data, errors } = await gateway.ask(document, {
        authorization: await authorizationOf(scopes),
        ...(operationName !== undefined && { operationName }),
      });
      expect(data).toBeNull();
      expect(errors).toHaveLength(1);
    }
    expect(sandbox.requests()).toEqual([]);
  });
});

it('a refusal has no data, and the location of the field that is not allowed', async () => {
  const refusalOf = async (scopes: readonly string[], query: string): Promise<unknown> => {
    const authorization = String(await authorizationOf(scopes));
    const response = await postJson(gateway.url, { query }, { authorization });
    return response.json();
  };
  const extensions = { code: 'FORBIDDEN', requestId: expect.any(String) };
  expect(await refusalOf([], `{ ${page} }`)).toStrictEqual({
    data: null,
    errors: [
      {
        message: `The token lacks the scope ${readScope}. It is needed for queries.`,
        extensions,
      },
    ],
  });
  expect(await refusalOf([writeScope], `mutation {\n  ${revokeAndRead}\n}`)).toStrictEqual({
    data: null,
    errors: [
      {
        message: `The token lacks the scope ${readScope}. It is needed for the field EnrollmentToken.displayName.`,
        locations: [{ line: 2, column: 3 + revokeAndRead.indexOf('displayName') }],
        extensions,
      },
    ],
  });
});
