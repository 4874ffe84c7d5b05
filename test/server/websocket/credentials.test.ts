import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { eventually } from '../../support/time/eventually.ts';
import { signToken } from '../auth/callers.ts';
import {
  addToken,
  loggedSubscriptions,
  readLoad,
  startLiveServiceWorld,
  startLiveWorld,
  untilNobodyFollows,
} from '../subscriptions/following.ts';
import { connect, openSocket, type RawSocket, subscribe } from './raw-socket.ts';

/** Subscribes, and resolves with the code of the error; null if a change is delivered. */
const tryToFollow = async (world: World, socket: RawSocket): Promise<string | null> => {
  socket.send(subscribe('1'));
  await eventually(async () => {
    const [answer] = socket.messages().filter(({ id }) => id === '1');
    if (answer === undefined) expect((await readLoad(world.url)).subscribers).toBe(1);
  });
  addToken(world);
  const [answer] = await socket.messagesOf('1', 1);
  socket.socket.close();
  await untilNobodyFollows(world.url);
  const errors = answer?.type === 'error' ? answer.payload : answer?.payload.errors;
  return errors?.[0].extensions.code ?? null;
};

describe('the credential of a WebSocket', () => {
  let world: World;

  beforeAll(async () => {
    world = await startLiveWorld();
  });
  afterAll(() => world.close());

  it.each<[string, (value: string) => object]>([
    ['Authorization', (value) => ({ Authorization: value })],
    ['authorization', (value) => ({ authorization: value })],
    ['headers.Authorization', (value) => ({ headers: { Authorization: value } })],
    ['headers.authorization', (value) => ({ headers: { authorization: value, 'x-other': 1 } })],
    [
      'both, if they are equal',
      (value) => ({ authorization: value, headers: { Authorization: value } }),
    ],
  ])('is in connection_init as %s', async (_name, payloadOf) => {
    const socket = await connect(world.url, payloadOf(`Bearer ${world.sandbox.apiKey}`));
    expect(await tryToFollow(world, socket)).toBeNull();
  });

  it('is in the header of the handshake', async () => {
    const headers = { authorization: `Bearer ${world.sandbox.apiKey}` };
    const socket = await connect(world.url, undefined, { headers });
    expect(await tryToFollow(world, socket)).toBeNull();
  });

  it.each<[string, object | undefined, string, string | null]>([
    ['connection_init, if both have one', { authorization: 'Bearer known' }, 'Bearer wrong', null],
    [
      'connection_init, also a wrong one',
      { authorization: 'Bearer wrong' },
      'Bearer known',
      'UNAUTHENTICATED',
    ],
    [
      'the handshake, if that of connection_init is null',
      { authorization: null },
      'Bearer known',
      null,
    ],
    [
      'the handshake, if that of connection_init is empty',
      { authorization: '' },
      'Bearer known',
      null,
    ],
    ['nobody, if there is none', {}, '', 'UNAUTHENTICATED'],
    ['nobody, if it has another form', { authorization: 'Basic a2V5' }, '', 'UNAUTHENTICATED'],
  ])('is that of %s', async (_name, payload, header, code) => {
    const put = (text: string) => text.replace('known', world.sandbox.apiKey);
    const headers = { authorization: put(header) };
    const given = JSON.parse(put(JSON.stringify(payload ?? null)));
    const socket = await connect(world.url, given, header === '' ? {} : { headers });
    expect(await tryToFollow(world, socket)).toBe(code);
  });

  it.each<[string, object]>([
    ['a number', { authorization: 7 }],
    ['a list', { authorization: ['Bearer planted'] }],
    ['an object', { headers: { Authorization: { Bearer: 'planted' } } }],
    ['a text with a line break', { authorization: 'Bearer a\r\nx-planted: 1' }],
    ['a text that no header can hold', { authorization: 'Bearer \u{1f511}' }],
    ['a text that is too long', { authorization: `Bearer ${'x'.repeat(17_000)}` }],
    ['two different texts', { authorization: 'Bearer a', headers: { authorization: 'Bearer b' } }],
  ])('closes the socket if it is %s', async (_name, payload) => {
    const socket = await openSocket(world.url);
    socket.send({ type: 'connection_init', payload });
    const { code, reason } = await socket.closed;
    expect(code).toBe(4400);
    expect(reason).toMatch(/authorization/);
    expect(socket.messages()).toEqual([]);
  });

  it('ends its subscription when the API refuses it, and not the socket', async () => {
    const key = world.sandbox.addKey();
    const socket = await connect(world.url, { authorization: `Bearer ${key}` });
    socket.send(subscribe('1'));
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    addToken(world);
    await socket.messagesOf('1', 1);
    world.sandbox.revokeKey(key);
    const messages = await socket.messagesOf('1', 3);
    expect(messages.map(({ type }) => type)).toEqual(['next', 'next', 'complete']);
    expect(messages[1]?.payload).toEqual({
      errors: [
        {
          message: expect.any(String),
          extensions: { code: 'UNAUTHENTICATED', requestId: expect.stringMatching(/\.1$/) },
        },
      ],
    });
    expect(socket.socket.readyState).toBe(socket.socket.OPEN);
    socket.socket.close();
  });
});

describe('in service mode, a WebSocket', () => {
  let world: World;

  beforeAll(async () => {
    world = await startLiveServiceWorld();
  });
  afterAll(() => world.close());

  it.each([
    ['a reader', { claims: { scope: 'enrollment:read' } }, null],
    ['a writer', { claims: { scope: 'enrollment:write' } }, 'FORBIDDEN'],
    ['a caller whose token has expired', { expiresIn: -60 }, 'UNAUTHENTICATED'],
    ['a caller whose token another issuer made', { issuer: 'planted' }, 'UNAUTHENTICATED'],
  ])('of %s', async (_name, options, code) => {
    const socket = await connect(world.url, { authorization: await signToken(options) });
    world.sandbox.clearRequests();
    expect(await tryToFollow(world, socket)).toBe(code);
    if (code !== null) expect(world.calls()).toEqual([]);
  });

  it('is acknowledged without a token, and its subscriptions are refused', async () => {
    const socket = await connect(world.url);
    expect(await tryToFollow(world, socket)).toBe('UNAUTHENTICATED');
  });

  it('keeps its socket when the token of its subscription expires', async () => {
    const socket = await connect(world.url, { authorization: await signToken({ expiresIn: 1 }) });
    socket.send(subscribe('1'));
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    addToken(world);
    const messages = await socket.messagesOf('1', 3);
    expect(messages.map(({ type }) => type)).toEqual(['next', 'next', 'complete']);
    expect(messages[1]?.payload).toMatchObject({
      errors: [
        { message: expect.stringMatching(/expired/), extensions: { code: 'UNAUTHENTICATED' } },
      ],
    });
    expect(loggedSubscriptions(world).at(-1)).toMatchObject({
      ...{ outcome: 'UNAUTHENTICATED', events: 1 },
    });
    socket.send(subscribe('2'));
    expect((await socket.messagesOf('2', 1))[0]?.type).toBe('error');
    socket.socket.close();
  });
});
