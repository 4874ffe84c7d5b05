import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hiveGateway } from '../../examples/supergraph/routers.ts';
import {
  addToken,
  follow,
  readLoad,
  untilNobodyFollows,
} from '../server/subscriptions/following.ts';
import type { World } from '../support/gateway/gateway.ts';
import { type EventStream, postForEvents } from '../support/http/event-stream.ts';
import type { Loose } from '../support/loose.ts';
import { type CompanySupergraph, routers, startCompanySupergraph } from './company-supergraph.ts';

const timeout = 10_000;
const { skipped = false } = routers.find(({ name }) => name === hiveGateway.name) ?? {};

const changes = `subscription ($after: String) {
  enrollmentTokenChanges(after: $after) {
    cursor
    kind
    token { id displayName state helpUrl user { email name employee { name } } }
  }
}`;

const byName = (left: Loose, right: Loose): number =>
  Number(left.token.displayName) - Number(right.token.displayName);

describe.skipIf(skipped)('a subscription through Hive Gateway', () => {
  let supergraph: CompanySupergraph;
  let world: World;
  let url: string;

  beforeAll(async () => {
    supergraph = await startCompanySupergraph([], { LIVE_INTERVAL_SECONDS: '1' });
    ({ world } = supergraph);
    url = supergraph.running.get(hiveGateway.name)?.url ?? '';
  }, 150_000);
  beforeEach(() => {
    for (const { clear } of supergraph.proxies.values()) clear();
  });
  afterEach(() => untilNobodyFollows(world.url));
  afterAll(() => supergraph?.close());

  const subscribe = (
    apiKey: string | null = world.sandbox.apiKey,
    variables: Loose = {},
    query = changes,
  ): Promise<EventStream> =>
    postForEvents(
      url,
      { query, variables },
      { cookie: 'session=planted', ...(apiKey !== null && { authorization: `Bearer ${apiKey}` }) },
    );
  const exchangesWith = (subgraph: string) => supergraph.proxies.get(subgraph)?.exchanges() ?? [];
  const untilFollowed = (streams: number) =>
    vi.waitUntil(async () => (await readLoad(world.url)).subscribers === streams, { timeout });

  /** Stores a token of a person on the payroll of the other team, as another client of the API does. */
  const addTokenOf = (email: string, displayName: string): string => {
    const user = world.sandbox.organization.users.all().find((known) => known['email'] === email);
    return addToken(world, 'WINDOWS', { displayName, mdmUser: { id: user?.id ?? '', email } });
  };
  const following = async (...parameters: Parameters<typeof subscribe>): Promise<EventStream> => {
    const stream = await subscribe(...parameters);
    await untilFollowed(1);
    return stream;
  };

  it('delivers changes with fields of another team, each with one request for them', async () => {
    const stream = await following();
    const names = ['1', '2', '3'];
    const ids = names.map((name) => addTokenOf('chen.park@example.com', name));
    await stream.answer(2);
    const changed = stream.answers().map(({ data }) => data.enrollmentTokenChanges);
    // Those of one millisecond come in any order.
    expect(changed.sort(byName)).toEqual(
      ids.map((id, index) => ({
        cursor: expect.any(String),
        kind: 'CREATED',
        token: {
          id,
          displayName: names[index],
          state: 'PENDING',
          helpUrl: `https://help.example.com/enrollment/${id}`,
          user: {
            email: 'chen.park@example.com',
            name: 'Chen Park',
            employee: { name: 'Chen Park' },
          },
        },
      })),
    );
    // The token's field and the user's field are in one request.
    expect(exchangesWith('employees')).toHaveLength(names.length);
    stream.leave();
  });

  it('is one stream of server-sent events, with the credential for this subgraph only', async () => {
    const stream = await following();
    addTokenOf('chen.park@example.com', 'credential');
    await stream.answer(0);
    expect(exchangesWith('enrollment')).toMatchObject([
      {
        request: {
          accept: 'text/event-stream',
          'content-type': 'application/json',
          authorization: `Bearer ${world.sandbox.apiKey}`,
        },
        response: { 'content-type': 'text/event-stream' },
      },
    ]);
    const sent = JSON.stringify(exchangesWith('employees').map(({ request }) => request));
    expect(sent).not.toContain(world.sandbox.apiKey);
    expect(sent).not.toContain('authorization');
    expect(sent).not.toContain('planted');
    stream.leave();
  });

  it('ends in the gateway when the client leaves, with and without an event before', async () => {
    const quiet = await following();
    quiet.leave();
    await untilFollowed(0);
    const busy = await following();
    addToken(world);
    await busy.answer(0);
    busy.leave();
    await untilFollowed(0);
  });

  it('resumes with a cursor', async () => {
    const stream = await following();
    addToken(world, 'WINDOWS', { displayName: 'before' });
    const { cursor } = (await stream.answer(0)).data.enrollmentTokenChanges;
    stream.leave();
    await untilFollowed(0);
    const id = addToken(world, 'APPLE');
    const resumed = await subscribe(world.sandbox.apiKey, { after: cursor });
    expect((await resumed.answer(0)).data.enrollmentTokenChanges.token.id).toBe(id);
    resumed.leave();
  });

  it('is not disturbed by the comments with which this subgraph keeps streams open', async () => {
    const stream = await following();
    // It began later than the one through the router, so both have got a second comment.
    const direct = await follow(world);
    await vi.waitUntil(() => direct.text().split(':\n\n').length > 2, { timeout: 20_000 });
    const id = addToken(world);
    expect((await stream.answer(0)).data.enrollmentTokenChanges.token.id).toBe(id);
    expect(stream.answers()).toHaveLength(1);
    stream.leave();
    direct.leave();
  }, 40_000);

  it.each([
    ['no credential', 'UNAUTHENTICATED', () => subscribe(null)],
    ['a refused credential', 'UNAUTHENTICATED', () => subscribe('nobody-knows-this-key')],
    [
      'an invalid cursor',
      'BAD_CURSOR',
      () => subscribe(world.sandbox.apiKey, { after: 'no cursor' }),
    ],
  ])('with %s ends with the error of this subgraph', async (_, code, begin) => {
    const stream = await begin();
    await stream.ended;
    expect(stream.answers()).toHaveLength(1);
    const { data, errors } = await stream.answer(0);
    expect(data ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: { code } }]);
    expect(errors[0].message).not.toBe('Unexpected error.');
    expect(stream.isComplete()).toBe(true);
  });

  it('ends with the error when the API refuses the key later', async () => {
    const key = world.sandbox.addKey();
    const stream = await following(key);
    addToken(world);
    await stream.answer(0);
    world.sandbox.revokeKey(key);
    await stream.ended;
    expect(await stream.answer(1)).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(stream.isComplete()).toBe(true);
  });

  it('goes on after an event of which a field failed, and passes the error on', async () => {
    const stream = await following();
    const fault = world.sandbox.faults.add({
      kind: 'status',
      status: 500,
      match: { path: '/mdm/users' },
    });
    addTokenOf('chen.park@example.com', 'with a failure');
    const { data, errors } = await stream.answer(0);
    fault.remove();
    expect(data.enrollmentTokenChanges.token).toMatchObject({
      displayName: 'with a failure',
      user: { name: null, employee: { name: 'Chen Park' } },
    });
    expect(errors).toMatchObject([
      {
        path: ['enrollmentTokenChanges', 'token', 'user', 'name'],
        extensions: { code: 'UPSTREAM_UNAVAILABLE' },
      },
    ]);
    const id = addTokenOf('chen.park@example.com', 'without one');
    expect((await stream.answer(1)).data.enrollmentTokenChanges.token.id).toBe(id);
    stream.leave();
  });

  it('ends with an error if the connection to this subgraph breaks', async () => {
    const stream = await following();
    supergraph.proxies.get('enrollment')?.cut();
    await stream.ended;
    expect(stream.answers()).toMatchObject([
      { errors: [{ extensions: { code: 'DOWNSTREAM_SERVICE_ERROR' } }] },
    ]);
    expect(stream.isComplete()).toBe(true);
  });

  it('is the one that the guide and the example print', async () => {
    for (const page of ['../../docs/supergraph.md', '../../examples/supergraph/README.md']) {
      const text = await readFile(new URL(page, import.meta.url), 'utf8');
      const [, operation = ''] = /```graphql\n(subscription.+?)```/s.exec(text) ?? [];
      const stream = await following(world.sandbox.apiKey, {}, operation);
      addTokenOf('chen.park@example.com', 'printed');
      const { data } = await stream.answer(0);
      expect(data.enrollmentTokenChanges.token.user.employee).toEqual({ name: 'Chen Park' });
      stream.leave();
      await untilFollowed(0);
    }
  });

  // The last one: afterwards, this gateway takes no subscriptions.
  it('completes when this subgraph is stopped', async () => {
    const stream = await following();
    world.app.drain();
    await stream.ended;
    expect(stream.answers()).toEqual([]);
    expect(stream.isComplete()).toBe(true);
  });
});
