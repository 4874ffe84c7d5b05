import { maxSubscriptionBytes } from '../../../src/server/subscriptions/subscriptions.ts';
import { messageRate } from '../../../src/server/websocket/message-rate.ts';
import { subscription } from '../subscriptions/following.ts';
import { type RawSocket, subscribe } from './raw-socket.ts';

/** When a WebSocket is closed, the code of the close, and what its client does. */
type CloseCase = readonly [string, number, (socket: RawSocket) => void];

export const closeCases: readonly CloseCase[] = [
  ['after a subscribe before connection_init', 4401, ({ send }) => send(subscribe('1'))],
  [
    'after a second connection_init',
    4429,
    ({ send }) => {
      send({ type: 'connection_init' });
      send({ type: 'connection_init' });
    },
  ],
  [
    'after a second operation with an id that is in use',
    4409,
    ({ send, socket }) => {
      send({ type: 'connection_init' });
      socket.once('message', () => {
        send(subscribe('1'));
        send(subscribe('1'));
      });
    },
  ],
  [
    'after a second operation with a long id that is in use',
    4409,
    ({ send, socket }) => {
      send({ type: 'connection_init' });
      socket.once('message', () => {
        // The reason of a close has 123 bytes at most.
        send(subscribe('€'.repeat(256)));
        send(subscribe('€'.repeat(256)));
      });
    },
  ],
  ['after a text that is not JSON', 4400, ({ socket }) => socket.send('{')],
  ['after a text that is no message', 4400, ({ socket }) => socket.send('[1]')],
  [
    'after a message that only a server sends',
    4400,
    ({ send }) => send({ type: 'next', id: '1', payload: {} }),
  ],
  ['after a message of an unknown type', 4400, ({ send }) => send({ type: 'planted' })],
  ['after a message of the older protocol', 4400, ({ send }) => send({ type: 'start', id: '1' })],
  ['after an operation without an id', 4400, ({ send }) => send({ type: 'subscribe' })],
  ['after an id that is a number', 4400, ({ send }) => send({ type: 'complete', id: 1 })],
  ['after an id that is too long', 4400, ({ send }) => send(subscribe('x'.repeat(257)))],
  [
    'after variables that are a list',
    4400,
    ({ send }) => send(subscribe('1', subscription, { variables: [] })),
  ],
  ['after binary data', 4400, ({ socket }) => socket.send(Buffer.from('{"type":"ping"}'))],
  [
    'after a text that is not UTF-8',
    1007,
    ({ socket }) => socket.send(Buffer.from([0xff]), { binary: false }),
  ],
  [
    'after a message that is too large',
    1009,
    ({ socket }) => socket.send(' '.repeat(maxSubscriptionBytes + 1)),
  ],
  [
    'after a message in too many parts',
    1008,
    ({ socket }) => {
      for (let part = 0; part < 70; part += 1) socket.send(' ', { fin: false });
    },
  ],
  [
    'after too many messages',
    1008,
    ({ send }) => {
      for (let count = 0; count < 2 * messageRate.atOnce; count += 1) send({ type: 'ping' });
    },
  ],
  [
    'after more pings than the client reads answers',
    1006,
    ({ socket }) => {
      for (let count = 0; count < 2 * messageRate.atOnce; count += 1) socket.ping();
    },
  ],
];
