import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { maxSubscriptionBytes } from '../../../src/server/subscriptions/subscriptions.ts';
import type { World } from '../../support/gateway/gateway.ts';
import { postForEvents } from '../../support/http/event-stream.ts';
import { postJson } from '../../support/http/post-json.ts';
import { openRaw, rawRequest } from '../../support/http/raw-http.ts';
import { eventually } from '../../support/time/eventually.ts';
import { signToken } from '../auth/callers.ts';
import {
  addToken,
  follow,
  loggedSubscriptions,
  readLoad,
  startLiveServiceWorld,
  startLiveWorld,
  subscription,
  untilNobodyFollows,
} from './following.ts';
import { lowLimits, refusedStarts } from './refused-starts.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

let world: World;

beforeAll(async () => {
  world = await startLiveWorld({
    ...lowLimits,
    CORS_ORIGINS: 'https://admin.example.com',
  });
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

describe('a subscription is refused, before anything is followed,', () => {
  it.each(refusedStarts)('%s', async (_name, query, variables, code, message) => {
    const stream = await follow(world, query, variables);
    await stream.ended;
    expect(stream.status).toBe(200);
    const requestId = stream.headers.get('x-request-id');
    expect(stream.answers()).toMatchObject([
      { errors: [{ message: expect.stringMatching(message), extensions: { code, requestId } }] },
    ]);
    expect(stream.isComplete()).toBe(true);
    expect(world.calls()).toEqual([]);
    expect(await readLoad(world.url)).toEqual({ subscribers: 0, readers: 0 });
  });

  it.each([
    ['application/json'],
    ['application/graphql-response+json'],
    ['application/graphql-response+json, application/json;q=0.9'],
    ['multipart/mixed'],
    ['multipart/mixed, application/json'],
  ])('with 406 if its client accepts only %s', async (accept) => {
    const response = await postJson(
      world.url,
      { query: subscription },
      { accept, authorization: `Bearer ${world.sandbox.apiKey}` },
    );
    expect(response.status).toBe(406);
    expect(await response.text()).toMatch(/Accept .*text\/event-stream/);
    expect(world.calls()).toEqual([]);
    expect(await readLoad(world.url)).toEqual({ subscribers: 0, readers: 0 });
  });

  it('if its request is too large to keep', async () => {
    const body = JSON.stringify({ query: subscription });
    const send = (length: number) =>
      postForEvents(world.url, body.padEnd(length), {
        authorization: `Bearer ${world.sandbox.apiKey}`,
      });
    const large = await send(maxSubscriptionBytes + 1);
    await large.ended;
    expect(large.status).toBe(413);
    expect(large.answers()[0].errors[0].extensions.code).toBe('REQUEST_ENTITY_TOO_LARGE');
    const small = await send(maxSubscriptionBytes);
    expect(small.status).toBe(200);
    expect(small.isComplete()).toBe(false);
    small.leave();
  });

  it('if it has no credential, with the status and the header of a query', async () => {
    const stream = await postForEvents(world.url, { query: subscription });
    await stream.ended;
    expect(stream.status).toBe(401);
    expect(stream.headers.get('www-authenticate')).toBe('Bearer');
    expect(stream.answers()).toMatchObject([
      { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
  });

  it('if it is a GET that a browser sends for any page', async () => {
    const get = (headers: Readonly<Record<string, string>>) =>
      fetch(`${world.url}?query=${encodeURIComponent(subscription)}`, {
        headers: { accept: 'text/event-stream', ...headers },
      });
    expect((await get({})).status).toBe(403);
  });

  it('and reported as an operation that failed', async () => {
    const stream = await follow(
      world,
      'subscription Refused { enrollmentTokenChanges(after: "x") { kind } }',
    );
    await stream.ended;
    await eventually(() =>
      expect(
        loggedSubscriptions(world).filter(({ operation }) => operation === 'Refused'),
      ).toMatchObject([{ outcome: 'BAD_CURSOR', requestId: stream.headers.get('x-request-id') }]),
    );
  });
});

describe('a subscription is followed', () => {
  it.each([
    ['text/event-stream'],
    ['*/*'],
    ['text/*'],
    ['application/json, text/event-stream'],
    [
      'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    ],
  ])('if its client accepts %s', async (accept) => {
    const stream = await follow(world, subscription, {}, { accept });
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    const id = addToken(world);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    stream.leave();
  });

  it('without an Accept header', async () => {
    const bytes = rawRequest(
      'POST /graphql',
      {
        Host: 'gateway',
        'Content-Type': 'application/json',
        Authorization: `Bearer ${world.sandbox.apiKey}`,
      },
      JSON.stringify({ query: subscription }),
    );
    const connection = openRaw(world.url, bytes);
    await eventually(() =>
      expect(connection.received()).toMatch(/content-type: text\/event-stream/i),
    );
    connection.socket.destroy();
  });

  it('by GET', async () => {
    const controller = new AbortController();
    const response = await fetch(`${world.url}?query=${encodeURIComponent(subscription)}`, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${world.sandbox.apiKey}` },
      signal: controller.signal,
    });
    expect({ status: response.status, type: response.headers.get('content-type') }).toEqual({
      status: 200,
      type: 'text/event-stream',
    });
    controller.abort();
  });

  it('from a page of a listed origin', async () => {
    const stream = await follow(world, subscription, {}, { origin: 'https://admin.example.com' });
    expect(stream.headers.get('access-control-allow-origin')).toBe('https://admin.example.com');
    stream.leave();
  });

  it('by its hash, once it was sent with its text', async () => {
    const query = 'subscription ByHash { enrollmentTokenChanges { kind token { id } } }';
    const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
    const headers = { authorization: `Bearer ${world.sandbox.apiKey}` };
    // The API has to accept the credential first: a document of anybody is not learned.
    await world.ask('{ enrollmentTokens { totalCount } }');
    const unknown = await postForEvents(world.url, { extensions }, headers);
    await unknown.ended;
    expect(unknown.answers()).toMatchObject([{ errors: [{ message: 'PersistedQueryNotFound' }] }]);
    (await postForEvents(world.url, { query, extensions }, headers)).leave();
    await eventually(async () => {
      const known = await postForEvents(world.url, { extensions }, headers);
      known.leave();
      await known.ended;
      expect(known.text()).not.toContain('PersistedQueryNotFound');
    });
  });

  it('beside a query in the same document, by its name', async () => {
    const stream = await postForEvents(
      world.url,
      { query: `query Q { __typename } ${subscription}`, operationName: 'Watch' },
      { authorization: `Bearer ${world.sandbox.apiKey}` },
    );
    expect(stream.headers.get('content-type')).toBe('text/event-stream');
    stream.leave();
    await untilNobodyFollows(world.url);
  });
});

describe('with trusted documents, a subscription', () => {
  let directory: string;
  let trusting: World;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'documents-'));
    const path = join(directory, 'documents.json');
    await writeFile(path, JSON.stringify({ watch: subscription }));
    trusting = await startLiveWorld({ TRUSTED_DOCUMENTS_FILE: path });
  });
  afterAll(async () => {
    await trusting.close();
    await rm(directory, { recursive: true });
  });

  it('is followed by its id', async () => {
    const headers = { authorization: `Bearer ${trusting.sandbox.apiKey}` };
    const stream = await postForEvents(trusting.url, { documentId: 'watch' }, headers);
    const id = addToken(trusting);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
    stream.leave();
  });

  it('that is not listed is refused', async () => {
    const stream = await follow(trusting, 'subscription { enrollmentTokenChanges { kind } }');
    await stream.ended;
    expect(stream.answers()).toMatchObject([{ errors: [{ extensions: { code: 'BAD_REQUEST' } }] }]);
    expect(await readLoad(trusting.url)).toEqual({ subscribers: 0, readers: 0 });
  });
});

describe('in service mode, a subscription', () => {
  let service: World;

  beforeAll(async () => {
    service = await startLiveServiceWorld();
  });
  afterAll(() => service.close());

  it.each([
    ['a writer', { scope: 'enrollment:write' }, 'FORBIDDEN'],
    ['a caller without a scope', {}, 'FORBIDDEN'],
    ['a reader', { scope: 'enrollment:read' }, null],
  ])('of %s', async (_name, claims, code) => {
    service.sandbox.clearRequests();
    const authorization = await signToken({ claims });
    const stream = await follow(service, subscription, {}, { authorization });
    if (code === null) {
      const id = addToken(service);
      expect((await stream.answer(0)).data.enrollmentTokenChanges.token).toEqual({ id });
      stream.leave();
      return;
    }
    await stream.ended;
    expect(stream.answers()).toMatchObject([{ errors: [{ extensions: { code } }] }]);
    expect(stream.answers()[0].errors[0].message).toContain('needed for subscriptions');
    expect(service.calls()).toEqual([]);
  });

  it('with a token that has expired is refused', async () => {
    const authorization = await signToken({ expiresIn: -60 });
    const stream = await follow(service, subscription, {}, { authorization });
    await stream.ended;
    expect(stream.status).toBe(401);
    expect(stream.answers()).toMatchObject([
      { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    ]);
  });
});
