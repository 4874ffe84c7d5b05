import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { openRaw, rawRequest } from '../../support/http/raw-http.ts';
import { eventually } from '../../support/time/eventually.ts';
import {
  readLoad,
  startLiveWorld,
  subscription,
  untilNobodyFollows,
} from '../subscriptions/following.ts';
import { connectWithKey, openSocket, subscribe } from './raw-socket.ts';

let world: World;
const thrown: unknown[] = [];
const onThrown = (error: unknown) => thrown.push(error);

beforeAll(async () => {
  process.on('uncaughtExceptionMonitor', onThrown).on('unhandledRejection', onThrown);
  world = await startLiveWorld();
});
afterAll(async () => {
  process.off('uncaughtExceptionMonitor', onThrown).off('unhandledRejection', onThrown);
  await world.close();
});

const handshake = rawRequest('GET /graphql', {
  ...{ Host: 'gateway', Connection: 'Upgrade', Upgrade: 'websocket' },
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'graphql-transport-ws',
});

/** One frame of up to 125 bytes, with any bits in its head. */
const anyFrame = fc
  .record({
    head: fc.oneof(fc.constantFrom(0x81, 0x01, 0x80, 0x82, 0x88, 0x89, 0x8a), fc.nat(255)),
    isMasked: fc.boolean(),
    payload: fc.uint8Array({ maxLength: 125 }),
  })
  .map(({ head, isMasked, payload }) =>
    Buffer.concat([
      Buffer.from([head, (isMasked ? 0x80 : 0) | payload.length]),
      Buffer.alloc(isMasked ? 4 : 0),
      payload,
    ]),
  );

const anyBytes = fc.array(fc.oneof(anyFrame, fc.uint8Array({ maxLength: 40 })), { maxLength: 8 });

const anyId = fc.oneof(fc.constantFrom('1', '2', '__proto__', 'constructor', ''), fc.string());
const anyPayload = fc.oneof(
  fc.constant({ query: subscription }),
  fc.record({ query: fc.string(), variables: fc.jsonValue(), extensions: fc.jsonValue() }),
  fc.jsonValue(),
);
const anyMessage = fc.record(
  {
    type: fc.oneof(
      fc.constantFrom('connection_init', 'subscribe', 'complete', 'ping', 'pong', 'next', 'error'),
      fc.string(),
    ),
    id: fc.oneof(anyId, fc.jsonValue()),
    payload: anyPayload,
  },
  { requiredKeys: ['type'] },
);

const expectAService = async (): Promise<void> => {
  const client = await connectWithKey(world);
  client.send(subscribe('1'));
  await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
  client.socket.close();
  await untilNobodyFollows(world.url);
  expect(thrown).toEqual([]);
  expect(world.logged().filter(({ level }) => level >= 50)).toEqual([]);
};

it('any bytes after a handshake close the socket at most', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, fc.boolean(), async (chunks, isAtOnce) => {
      const connection = openRaw(
        world.url,
        isAtOnce ? Buffer.concat([handshake, ...chunks]) : handshake,
      );
      if (!isAtOnce) {
        await eventually(() => expect(connection.received()).toContain('101'));
        for (const chunk of chunks) connection.socket.write(chunk);
      }
      connection.socket.end();
      await connection.closed;
    }),
    { numRuns: 300 },
  );
  await expectAService();
});

it('any messages close the socket at most', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(anyMessage, { maxLength: 12 }),
      async (isKnown, messages) => {
        const client = isKnown ? await connectWithKey(world) : await openSocket(world.url);
        for (const message of messages) {
          if (client.socket.readyState === client.socket.OPEN) client.send(message);
        }
        if (client.socket.readyState === client.socket.OPEN) client.send({ type: 'ping' });
        await eventually(() => {
          const isAnswered = client.messages().some(({ type }) => type === 'pong');
          expect(isAnswered || client.socket.readyState === client.socket.CLOSED).toBe(true);
        });
        client.socket.close();
        const { code } = await client.closed;
        expect([1005, 4400, 4401, 4409, 4429]).toContain(code);
      },
    ),
    { numRuns: 200 },
  );
  await expectAService();
});
