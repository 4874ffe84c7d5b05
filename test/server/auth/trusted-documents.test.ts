import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { postJson } from '../../support/http/post-json.ts';

const trusted = 'query Count { enrollmentTokens { totalCount } }';
const untrusted = '{ mdmUsers { totalCount } }';
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hash = sha256(trusted);
const persisted = (sha256Hash: string) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash } },
});
const several = `query Users($first: Int!) { mdmUsers(first: $first) { nodes { id } } }
query Policies { mdmPolicies { totalCount } }`;

let directory: string;
let world: World;

const write = async (name: string, value: unknown): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, JSON.stringify(value));
  return path;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'documents-'));
  const path = await write('documents.json', {
    [hash]: trusted,
    other: 'query Other { mdmUsers { totalCount } }',
    several,
    'sha256:prefixed': trusted,
  });
  world = await startWorld({ tokens: 30 }, { TRUSTED_DOCUMENTS_FILE: path });
});

afterAll(async () => {
  await world.close();
  await rm(directory, { recursive: true });
});

beforeEach(() => world.sandbox.clearRequests());

const post = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  postJson(world.url, body, { authorization: `Bearer ${world.sandbox.apiKey}`, ...headers });

const send = async (body: unknown) => {
  const response = await post(body);
  return (await response.json()) as {
    readonly data?: Readonly<Record<string, unknown>>;
    readonly errors?: readonly {
      readonly message: string;
      readonly extensions: { readonly code: string };
    }[];
  };
};

describe('trusted documents', () => {
  it.each<[string, unknown]>([
    [
      'its hash in the extensions',
      { extensions: { persistedQuery: { version: 1, sha256Hash: hash } } },
    ],
    ['documentId', { documentId: hash }],
    ['documentId with its algorithm', { documentId: `sha256:${hash}` }],
    ['id', { id: hash }],
    ['doc_id', { doc_id: hash }],
    ['an id that is listed with its algorithm', { id: 'sha256:prefixed' }],
    ['the hash alone of an id that is listed with its algorithm', { id: 'prefixed' }],
    ['its text', { query: trusted }],
    [
      'its id, whatever text comes with it',
      { documentId: hash, query: '{ mdmUsers { totalCount } }' },
    ],
    [
      'its text with its hash and the name of the algorithm',
      { query: trusted, ...persisted(`sha256:${hash}`) },
    ],
    [
      'its text with its hash',
      { query: trusted, extensions: { persistedQuery: { version: 1, sha256Hash: hash } } },
    ],
  ])('run by %s', async (_name, body) => {
    const { data, errors } = await send(body);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ enrollmentTokens: { totalCount: 30 } });
  });

  it.each<[string, unknown]>([
    ['another text', { query: '{ mdmUsers { totalCount } }' }],
    ['the text with a space more', { query: `${trusted} ` }],
    ['an id that is no text', { documentId: 7, query: '{ mdmUsers { totalCount } }' }],
    ['more than a router asks', { query: '{ _service { sdl } mdmUsers { totalCount } }' }],
    [
      'more than a router asks, in a fragment',
      { query: '{ ...F } fragment F on Query { _service { sdl } mdmUsers { totalCount } }' },
    ],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
    ['nothing', {}],
    [
      'a router’s question of more tokens than are allowed',
      { query: `{ _service { ${'sdl '.repeat(2_000)} } }` },
    ],
  ])('do not let %s through, however often', async (_name, body) => {
    for (let time = 0; time < 2; time += 1) {
      const { data, errors } = await send(body);
      expect(data ?? null).toBeNull();
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_REQUEST']);
    }
    expect(world.calls()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['an unknown id', { documentId: 'f'.repeat(64) }],
    ['an id that names an own property of no object', { documentId: '__proto__' }],
    ['a name that every object has', { documentId: 'constructor' }],
    ['an unknown id beside a text that is known', { documentId: 'f'.repeat(64), query: trusted }],
    ['an id with an algorithm in its middle', { documentId: 'sevsha256:eral' }],
    ['an unknown hash in the extensions', persisted('f'.repeat(64))],
    ['the hash of a text that may not run', persisted(sha256(untrusted))],
  ])('do not find %s, however often', async (_name, body) => {
    for (let time = 0; time < 2; time += 1) {
      const { data, errors } = await send(body);
      expect(data ?? null).toBeNull();
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual([
        'PERSISTED_QUERY_NOT_FOUND',
      ]);
    }
    expect(world.calls()).toEqual([]);
  });

  it('run by an id whatever the extensions say, and then learn nothing', async () => {
    for (const extra of [
      persisted('f'.repeat(64)),
      { extensions: { persistedQuery: {} } },
      { query: untrusted, ...persisted(sha256(untrusted)) },
    ]) {
      expect(await send({ documentId: hash, ...extra })).toEqual({
        data: { enrollmentTokens: { totalCount: 30 } },
      });
    }
    const { errors } = await send(persisted(sha256(untrusted)));
    expect(errors?.map(({ message }) => message)).toEqual(['PersistedQueryNotFound']);
  });

  it('do not learn a text that comes with its hash', async () => {
    for (let time = 0; time < 2; time += 1) {
      const { errors } = await send({ query: untrusted, ...persisted(sha256(untrusted)) });
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_REQUEST']);
    }
    const { errors } = await send(persisted(sha256(untrusted)));
    expect(errors?.map(({ message }) => message)).toEqual(['PersistedQueryNotFound']);
  });

  it.each([
    ['a trusted text', trusted],
    ['a text of a router', '{ _service { sdl } }'],
  ])('do not run %s with another hash', async (_name, query) => {
    const { errors } = await send({ query, ...persisted(sha256(untrusted)) });
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['PERSISTED_QUERY_MISMATCH']);
  });

  it('run a text of a router with its hash', async () => {
    const query = '{ _entities(representations: []) { __typename } }';
    expect(await send({ query, ...persisted(sha256(query)) })).toEqual({
      data: { _entities: [] },
    });
  });

  describe.each([
    ['Count', trusted],
    ['Router', 'query Router { _service { sdl } }'],
    ['Router', 'query Router { _entities(representations: []) { __typename } }'],
    ['Router', 'query Router { __typename }'],
  ])('do not let another operation through beside %s', (name, allowed) => {
    it.each([
      ['a query', 'query Other { mdmUsers { totalCount } }'],
      [
        'a query in a fragment',
        'query Other { ...O } fragment O on Query { mdmUsers { totalCount } }',
      ],
      [
        'a mutation',
        'mutation Other { revokeEnrollmentToken(input: { id: "x" }) { userErrors { code } } }',
      ],
      ['introspection', 'query Other { __schema { queryType { name } } }'],
    ])('that is %s, whichever is named and whatever ran before', async (_kind, other) => {
      expect((await send({ query: allowed })).errors).toBeUndefined();
      world.sandbox.clearRequests();
      for (const query of [`${allowed} ${other}`, `${other} ${allowed}`]) {
        for (const operationName of [name, 'Other']) {
          const { data, errors } = await send({ query, operationName });
          expect(data ?? null).toBeNull();
          expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_REQUEST']);
        }
      }
      expect(world.calls()).toEqual([]);
    });
  });

  it('do not run together with the fields of a router', async () => {
    const query = `${trusted} query Router { _service { sdl } }`;
    for (const operationName of ['Count', 'Router']) {
      const { data, errors } = await send({ query, operationName });
      expect(data ?? null).toBeNull();
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_REQUEST']);
    }
    expect(world.calls()).toEqual([]);
  });

  it.each([
    ['id', { documentId: 'several' }],
    ['text', { query: several }],
  ])('of several operations run the one that is named, by %s', async (_how, body) => {
    const variables = { first: 2 };
    const users = await send({ ...body, operationName: 'Users', variables });
    expect(users).toEqual({
      data: { mdmUsers: { nodes: [{ id: expect.any(String) }, { id: expect.any(String) }] } },
    });
    const policies = await send({ ...body, operationName: 'Policies' });
    expect(policies).toEqual({ data: { mdmPolicies: { totalCount: expect.any(Number) } } });
    expect(await send({ ...body, operationName: 'Other' })).toMatchObject({ errors: [{}] });
  });

  it('do not prevent the documents of a router', async () => {
    expect((await send({ query: '{ _service { sdl } __typename }' })).errors).toBeUndefined();
    const entities =
      'query($r: [_Any!]!) { _entities(representations: $r) { __typename ... on MdmUser { email } } }';
    const { errors } = await send({ query: entities, variables: { r: [] } });
    expect(errors).toBeUndefined();
    // Its fragments select fields below the fields of a router.
    const spread = '{ _entities(representations: []) { ...U } } fragment U on MdmUser { email }';
    expect(await send({ query: spread })).toEqual({ data: { _entities: [] } });
  });

  it.each([
    ['application/graphql-response+json', 400],
    ['application/json', 200],
  ])('answer what they do not let through, as %s, with the status %i', async (accept, status) => {
    for (const body of [{ documentId: 'unknown' }, { query: '{ mdmUsers { totalCount } }' }]) {
      const response = await post(body, { accept });
      expect(response.status).toBe(status);
      await response.body?.cancel();
    }
  });

  it('are refused if the id is not listed', async () => {
    const { errors } = await send({ documentId: 'unknown' });
    expect(errors?.map(({ message }) => message)).toEqual(['No trusted document has this id.']);
  });

  it('can be read from a manifest', async () => {
    const path = await write('manifest.json', {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id: hash, name: 'Count', type: 'query', body: trusted }],
    });
    const { trustedDocuments } = parseConfig({ TRUSTED_DOCUMENTS_FILE: path });
    expect([...(trustedDocuments ?? [])]).toEqual([[hash, trusted]]);
  });

  it.each<[string, unknown]>([
    ['a list', [trusted]],
    ['documents that are no texts', { [hash]: { query: trusted } }],
    ['a text', trusted],
    ['two documents with one id', { other: trusted, 'sha256:other': '{ __typename }' }],
  ])('are not read from %s', async (_name, value) => {
    const path = await write('odd.json', value);
    expect(() => parseConfig({ TRUSTED_DOCUMENTS_FILE: path })).toThrow(
      /TRUSTED_DOCUMENTS_FILE .*odd\.json/,
    );
  });
});
