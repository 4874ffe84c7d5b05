import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { World } from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';
import { eventually } from '../../support/time/eventually.ts';
import {
  addToken,
  loggedSubscriptions,
  readLoad,
  startLiveWorld,
  subscription,
  untilNobodyFollows,
} from '../subscriptions/following.ts';
import { connectWithKey, subscribe, webSocketUrl } from './raw-socket.ts';

let world: World;

beforeAll(async () => {
  world = await startLiveWorld();
});
afterEach(() => untilNobodyFollows(world.url));
afterAll(() => world.close());

describe('a subscription over a WebSocket', () => {
  it('is followed by the client of graphql-ws', async () => {
    const client = createClient({
      url: webSocketUrl(world.url),
      webSocketImpl: WebSocket,
      connectionParams: { Authorization: `Bearer ${world.sandbox.apiKey}` },
    });
    const changes = client.iterate<Loose>({ query: subscription });
    const first = changes.next();
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    const id = addToken(world);
    const { value } = await first;
    expect(value?.data.enrollmentTokenChanges).toMatchObject({ kind: 'CREATED', token: { id } });
    await changes.return?.();
    await client.dispose();
    await untilNobodyFollows(world.url);
    expect(loggedSubscriptions(world).at(-1)).toMatchObject({
      ...{ operation: 'Watch', outcome: 'OK', events: 1 },
    });
  });

  it('is one of several on its socket, and ends alone', async () => {
    const client = await connectWithKey(world);
    client.send(subscribe('1'));
    client.send(subscribe('2'));
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(2));
    client.send({ type: 'complete', id: '1' });
    await eventually(async () => expect((await readLoad(world.url)).subscribers).toBe(1));
    addToken(world);
    await client.messagesOf('2', 1);
    expect(client.messages().filter(({ id }) => id === '1')).toEqual([]);
    client.socket.close();
  });
});
