import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { maxOperations } from '../../../src/server/websocket/operation-start.ts';
import type { World } from '../../support/gateway/gateway.ts';
import { eventually } from '../../support/time/eventually.ts';
import {
  addToken,
  follow,
  loggedSubscriptions,
  readLoad,
  startLiveWorld,
  subscription,
  untilNobodyFollows,
} from '../subscriptions/following.ts';
import { lowLimits, refusedStarts } from '../subscriptions/refused-starts.ts';
import { connect, connectWithKey, type RawSocket, subscribe } from './raw-socket.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let world: World;
let client: RawSocket;

beforeAll(async () => {
  world = await startLiveWorld(lowLimits);
});
afterAll(() => world.close());
beforeEach(async () => {
  world.sandbox.clearRequests();
  client = await connectWithKey(world);
  onTestFinished(async () => {
    client.socket.close();
    await untilNobodyFollows(world.url);
  });
});

/** Sends an operation that is refused. Returns the error. The socket stays open. */
const errorOf = async (message: object, socket = client) => {
  socket.send({ type: 'subscribe', id: 'refused', payload: message });
  const [answer, ...more] = await socket.messagesOf('refused', 1);
  expect(answer?.type).toBe('error');
  expect(more).toEqual([]);
  expect(socket.socket.readyState).toBe(socket.socket.OPEN);
  return answer?.payload[0];
};

describe('over a WebSocket, a subscription is refused, before anything is followed,', () => {
  it.each(refusedStarts)('%s', async (_name, query, variables, code, message) => {
    const error = await errorOf({ query, variables });
    expect(error).toMatchObject({ message: expect.stringMatching(message), extensions: { code } });
    expect(error.extensions.requestId).toMatch(/^[\w-]{36}\.1$/);
    // That of an answer by HTTP.
    expect(error.extensions.http).toBeUndefined();
    expect(world.calls()).toEqual([]);
    expect(await readLoad(world.url)).toEqual({ subscribers: 0, readers: 0 });
  });

  it.each([
    ['a query', '{ __typename }', 'BAD_REQUEST', /the query did not run.*POST \/graphql/],
    [
      'a mutation',
      'mutation { revokeEnrollmentTokens(input: { ids: [] }) { userErrors { code } } }',
      'GRAPHQL_VALIDATION_FAILED',
      /revokeEnrollmentTokens/,
    ],
    [
      'a mutation that is valid',
      'mutation { __typename }',
      'BAD_REQUEST',
      /the mutation did not run/,
    ],
    ['a document that is none', '{', 'GRAPHQL_PARSE_FAILED', /Syntax Error/],
    ['no document', '', 'BAD_REQUEST', /query/],
  ])('if it is %s', async (_name, query, code, message) => {
    const error = await errorOf({ query });
    expect(error).toMatchObject({ message: expect.stringMatching(message), extensions: { code } });
    expect(world.calls()).toEqual([]);
  });

  it('if it is a query that only its hash names', async () => {
    const query = 'query Known { enrollmentTokens { totalCount } }';
    const persistedQuery = { version: 1, sha256Hash: sha256(query) };
    const ask = () => errorOf({ extensions: { persistedQuery } });
    const headers = { authorization: `Bearer ${world.sandbox.apiKey}` };
    await eventually(async () => {
      await fetch(world.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, extensions: { persistedQuery } }),
      });
      client = await connectWithKey(world);
      expect((await ask()).message).toMatch(/the query did not run/);
      client.socket.close();
    });
  });

  it('if it has no credential, and the log says so', async () => {
    const stranger = await connect(world.url);
    const error = await errorOf({ query: subscription }, stranger);
    expect(error.extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
    const { requestId } = error.extensions;
    await eventually(() =>
      expect(loggedSubscriptions(world).at(-1)).toMatchObject({
        ...{ requestId, outcome: 'UNAUTHENTICATED', caller: null, operation: 'Watch' },
      }),
    );
    stranger.socket.close();
  });

  it(`if its socket has ${maxOperations} others, and is accepted when one has ended`, async () => {
    for (let id = 1; id <= maxOperations; id += 1) client.send(subscribe(`${id}`));
    const error = await errorOf({ query: subscription });
    expect(error).toMatchObject({
      message: expect.stringMatching(/at most 100 subscriptions/),
      extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 1 },
    });
    client.send({ type: 'complete', id: '1' });
    client.send(subscribe('next'));
    await eventually(async () =>
      expect((await readLoad(world.url)).subscribers).toBe(maxOperations),
    );
    addToken(world);
    await client.messagesOf('next', 1);
    expect((await client.messagesOf('next', 1))[0]?.type).toBe('next');
  });
});

describe('over a WebSocket, a subscription is followed', () => {
  it('by its hash, once it was sent with its text', async () => {
    const query = 'subscription ByHash { enrollmentTokenChanges { kind token { id } } }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
    await world.ask('{ enrollmentTokens { totalCount } }');
    expect(await errorOf({ query: '', extensions })).toMatchObject({
      message: 'PersistedQueryNotFound',
    });
    client.send(subscribe('text', query, { extensions }));
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    client.send({ type: 'subscribe', id: 'hash', payload: { extensions } });
    const id = addToken(world);
    const [change] = await client.messagesOf('hash', 1);
    expect(change).toMatchObject({
      type: 'next',
      payload: { data: { enrollmentTokenChanges: { token: { id } } } },
    });
  });

  it('again with an id that was completed before', async () => {
    for (let round = 0; round < 10; round += 1) {
      client.send(subscribe('same'));
      client.send({ type: 'complete', id: 'same' });
    }
    client.send(subscribe('same'));
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    addToken(world);
    const messages = await client.messagesOf('same', 1);
    expect(messages.map(({ type }) => type)).toEqual(['next']);
  });

  it('from the cursor of a change over server-sent events', async () => {
    const stream = await follow(world);
    addToken(world);
    const { cursor } = (await stream.answer(0)).data.enrollmentTokenChanges;
    stream.leave();
    const missed = addToken(world);
    const query =
      'subscription ($after: String) { enrollmentTokenChanges(after: $after) { token { id } } }';
    client.send(subscribe('1', query, { variables: { after: cursor } }));
    const [change] = await client.messagesOf('1', 1);
    expect(change?.payload.data.enrollmentTokenChanges.token).toEqual({ id: missed });
  });

  it('with the upstream calls of each event, if connection_init asks for it', async () => {
    const explaining = await connect(world.url, {
      headers: { Authorization: `Bearer ${world.sandbox.apiKey}`, 'X-Explain': '1' },
    });
    explaining.send(subscribe('1'));
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    addToken(world);
    const [change] = await explaining.messagesOf('1', 1);
    expect(change?.payload.extensions.upstream.calls[0]).toMatchObject({ cause: 'live' });
    explaining.socket.close();
  });
});

it('over a WebSocket, only the listed documents run, and are found by their ids', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'documents-'));
  const path = join(directory, 'documents.json');
  await writeFile(path, JSON.stringify({ watch: subscription, count: '{ __typename }' }));
  const trusting = await startLiveWorld({ TRUSTED_DOCUMENTS_FILE: path });
  const trusted = await connectWithKey(trusting);
  const refusals = [
    [{ query: 'subscription { enrollmentTokenChanges { kind } }' }, /Only trusted documents/],
    [{ documentId: 'other' }, /No trusted document has this id/],
    [{ documentId: 'count' }, /the query did not run/],
  ] as const;
  for (const [payload, message] of refusals) {
    const id = `${message}`;
    trusted.send({ type: 'subscribe', id, payload });
    const [answer] = await trusted.messagesOf(id, 1);
    expect(answer?.payload[0].message).toMatch(message);
  }
  trusted.send({ type: 'subscribe', id: '1', payload: { documentId: 'watch' } });
  await eventually(async () => expect((await readLoad(trusting.url)).subscribers).toBe(1));
  const id = addToken(trusting);
  const [change] = await trusted.messagesOf('1', 1);
  expect(change?.payload.data.enrollmentTokenChanges.token).toEqual({ id });
  await trusting.close();
  await rm(directory, { recursive: true });
});
