import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { postJson } from '../../support/http/post-json.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import {
  hasRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../support/redis/redis-server.ts';
import { eventually } from '../../support/time/eventually.ts';

interface Answer {
  readonly status: number;
  readonly data?: unknown;
  readonly code: string | null;
  readonly message: string | null;
}

interface SendOptions {
  readonly hash?: string;
  readonly authorization?: string | null;
  readonly accept?: string;
  readonly variables?: object;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Names documents, so that no test finds one that another has sent. */
let documents = 0;
const createDocument = (selection = 'enrollmentTokens(first: 1) { totalCount }'): string => {
  documents += 1;
  return `query Document${documents} { ${selection} }`;
};

const read = async (response: Response): Promise<Answer> => {
  const { data, errors } = (await response.json()) as {
    readonly data?: unknown;
    readonly errors?: readonly { message: string; extensions: { code: string } }[];
  };
  const [error] = errors ?? [];
  return {
    status: response.status,
    ...(data !== undefined && { data }),
    code: error?.extensions.code ?? null,
    message: error?.message ?? null,
  };
};

const sendTo = (
  { url, sandbox }: World,
  query: string | undefined,
  {
    hash,
    authorization = `Bearer ${sandbox.apiKey}`,
    accept = 'application/json',
    variables,
  }: SendOptions,
): Promise<Answer> =>
  postJson(
    url,
    { query, variables, extensions: { persistedQuery: { version: 1, sha256Hash: hash } } },
    { accept, ...(authorization !== null && { authorization }) },
  ).then(read);

let world: World;
beforeAll(async () => {
  world = await startWorld({ tokens: 30 });
});
afterAll(() => world.close());

const send = (query: string | undefined, options: SendOptions = {}): Promise<Answer> =>
  sendTo(world, query, options);

const notFound = {
  status: 200,
  code: 'PERSISTED_QUERY_NOT_FOUND',
  message: 'PersistedQueryNotFound',
};

describe('a document that is named by its hash', () => {
  it.each([
    'application/json',
    'application/graphql-response+json',
  ])('is asked for once, as %s, and runs from then on', async (accept) => {
    const query = createDocument();
    const hash = sha256(query);
    expect(await send(undefined, { hash, accept })).toEqual(notFound);
    const answer = { status: 200, code: null, message: null, data: expect.anything() };
    expect(await send(query, { hash, accept })).toEqual(answer);
    expect(await send(undefined, { hash, accept })).toEqual(answer);
  });

  it('runs over GET, as clients send it', async () => {
    const query = createDocument('enrollmentTokens(first: 1) { totalCount }');
    const hash = sha256(query);
    const get = (parameters: object) => {
      const url = new URL(world.url);
      for (const [name, value] of Object.entries(parameters)) {
        url.searchParams.set(name, typeof value === 'string' ? value : JSON.stringify(value));
      }
      return fetch(url, { headers: { authorization: `Bearer ${world.sandbox.apiKey}` } }).then(
        read,
      );
    };
    const extensions = { persistedQuery: { version: 1, sha256Hash: hash } };
    expect(await get({ extensions })).toEqual(notFound);
    expect((await get({ query, extensions })).code).toBeNull();
    expect((await get({ extensions })).data).toEqual({ enrollmentTokens: { totalCount: 30 } });
  });

  it('takes variables, each time anew', async () => {
    const query =
      'query Page($first: Int!) { enrollmentTokens(first: $first) { nodes { platform } } }';
    const hash = sha256(query);
    await send(query, { hash, variables: { first: 1 } });
    const { data } = await send(undefined, { hash, variables: { first: 3 } });
    expect(data).toEqual({
      enrollmentTokens: { nodes: Array(3).fill({ platform: expect.any(String) }) },
    });
  });

  it('cannot be a mutation over GET', async () => {
    const query = `mutation Revoke { revokeEnrollmentToken(input: { id: "x" }) { userErrors { code } } }`;
    const hash = sha256(query);
    expect((await send(query, { hash })).code).toBeNull();
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } });
    const response = await fetch(`${world.url}?extensions=${encodeURIComponent(extensions)}`, {
      headers: { authorization: `Bearer ${world.sandbox.apiKey}` },
    });
    expect(response.status).toBe(405);
    await response.body?.cancel();
  });

  it.each([
    ['another hash', sha256('another')],
    ['its hash in capital letters', 'capital'],
    ['no hash', ''],
    ['a very long hash', 'f'.repeat(100_000)],
  ])('is refused with %s, and not kept', async (_name, hash) => {
    const query = createDocument();
    const sent = hash === 'capital' ? sha256(query).toUpperCase() : hash;
    for (const [accept, status] of [
      ['application/json', 200],
      ['application/graphql-response+json', 400],
    ] as const) {
      const answer = await send(query, { hash: sent, accept });
      expect(answer).toMatchObject({ status, code: 'PERSISTED_QUERY_MISMATCH' });
      expect(answer.message?.length).toBeLessThan(200);
    }
    expect((await send(undefined, { hash: sha256(query) })).code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it.each<[string, unknown]>([
    ['a hash that is a number', { persistedQuery: { version: 1, sha256Hash: 7 } }],
    ['an unknown version', { persistedQuery: { version: 2, sha256Hash: 'a' } }],
    ['a list', { persistedQuery: [] }],
    ['a text', { persistedQuery: 'a' }],
    ['extensions that are a list', [{ persistedQuery: { version: 1, sha256Hash: 'a' } }]],
  ])('is a bad request with %s and no text', async (_name, extensions) => {
    const { code } = await postJson(world.url, { extensions }).then(read);
    expect(code).toBe('BAD_REQUEST');
  });

  it.each<[string, object]>([
    ['the version 2', { version: 2 }],
    ['the version 0', { version: 0 }],
    ['the version as a text', { version: '1' }],
    ['no version', {}],
    ['a list as the version', { version: [1] }],
    ['the version 1', { version: 1 }],
  ])('is never another document: not with %s and the hash of another text', async (_name, rest) => {
    const known = createDocument();
    const hash = sha256(known);
    const evil = createDocument('mdmUsers(first: 1) { totalCount }');
    const authorization = `Bearer ${world.sandbox.apiKey}`;
    const poison = () => {
      const extensions = { persistedQuery: { ...rest, sha256Hash: hash } };
      return postJson(world.url, { query: evil, extensions }, { authorization }).then(read);
    };
    expect((await poison()).code).toMatch(/BAD_REQUEST|PERSISTED_QUERY_MISMATCH/);
    expect(await send(undefined, { hash })).toEqual(notFound);
    await send(known, { hash });
    await poison();
    expect((await send(undefined, { hash })).data).toHaveProperty('enrollmentTokens');
  });

  it('is not found by an id of a trusted document, and runs if its text comes with the id', async () => {
    for (const name of ['documentId', 'id', 'doc_id']) {
      const { code, message } = await postJson(world.url, { [name]: 'a' }).then(read);
      expect([code, message]).toEqual([
        'PERSISTED_QUERY_NOT_FOUND',
        expect.stringContaining('TRUSTED_DOCUMENTS_FILE is not set'),
      ]);
      const both = { [name]: 'a', query: '{ __typename }' };
      expect((await postJson(world.url, both).then(read)).data).toEqual({ __typename: 'Query' });
    }
  });

  it('may have a null extension', async () => {
    const body = { query: '{ __typename }', extensions: { persistedQuery: null } };
    expect((await postJson(world.url, body).then(read)).data).toEqual({ __typename: 'Query' });
  });

  it('is a bad request if its text is not a text', async () => {
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256('[object Object]') } };
    const { code } = await postJson(world.url, { query: {}, extensions }).then(read);
    expect(code).toBe('BAD_REQUEST');
  });
});

describe('a text is not kept', () => {
  const isKept = async (query: string): Promise<boolean> =>
    (await send(undefined, { hash: sha256(query) })).code !== 'PERSISTED_QUERY_NOT_FOUND';

  it.each([
    ['it is not valid', () => createDocument('unknown')],
    ['it is no GraphQL', () => `${createDocument()} }`],
    [
      'it is over a limit',
      () => createDocument(Array.from({ length: 31 }, (_, i) => `a${i}: __typename`).join(' ')),
    ],
  ])('if %s', async (_name, create) => {
    const query = create();
    expect((await send(query, { hash: sha256(query) })).code).not.toBeNull();
    expect(await isKept(query)).toBe(false);
  });

  it.each([
    ['has no credential', null],
    ['has a credential that the API refuses', 'Bearer unknown'],
  ])('if the caller %s', async (_name, authorization) => {
    for (const selection of ['enrollmentTokens { totalCount }', '__typename', '_service { sdl }']) {
      const query = createDocument(selection);
      await send(query, { hash: sha256(query), authorization });
      expect(await isKept(query)).toBe(false);
    }
  });
});

describe.skipIf(isSkipped(hasRedisServer))('replicas', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedisServer();
  });
  afterAll(() => redis.stop());

  it('run a document that another one has learnt', async () => {
    const environment = { REDIS_URL: redis.url, SHARED_SECRET: 's'.repeat(32) };
    const replicas = await Promise.all([1, 2].map(() => startWorld({ tokens: 5 }, environment)));
    const [one, two] = replicas;
    if (!one || !two) return expect.unreachable();
    const query = createDocument();
    const hash = sha256(query);
    expect((await sendTo(one, query, { hash })).code).toBeNull();
    await eventually(async () => expect((await sendTo(two, undefined, { hash })).code).toBeNull());
    await Promise.all(replicas.map(({ close }) => close()));
  });
});
