import { vi } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { loadSandboxes, platforms } from '../../../src/platforms/registry.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { fetchSamples } from '../../support/gateway/metrics.ts';
import { type EventStream, postForEvents } from '../../support/http/event-stream.ts';
import { rawRequest } from '../../support/http/raw-http.ts';
import type { Loose } from '../../support/loose.ts';
import { secret, serviceEnvironment } from '../auth/callers.ts';

export const subscription =
  'subscription Watch { enrollmentTokenChanges { cursor kind token { id } } }';

/** Starts a gateway that reads every second for its subscribers. */
export const startLiveWorld = (
  environment: Readonly<Record<string, string>> = {},
): Promise<World> =>
  startWorld({ tokens: 20, users: 5, policies: 4 }, { LIVE_INTERVAL_SECONDS: '1', ...environment });

/** Like `startLiveWorld`, in service mode. */
export const startLiveServiceWorld = async (): Promise<World> => {
  // All sandboxes have the same key.
  const { apiKey } = createSandbox({ platforms: await loadSandboxes() });
  return startLiveWorld({ ...serviceEnvironment, APPLIVERY_API_KEY: apiKey, JWT_SECRET: secret });
};

/** The bytes of a request that follows the changes with a key of the sandbox. */
export const requestOf = (
  { sandbox }: World,
  query: string,
  headers: Readonly<Record<string, string>> = {},
): Buffer =>
  rawRequest(
    'POST /graphql',
    {
      Host: 'gateway',
      'Content-Type': 'application/json',
      Accept: 'text/event-stream',
      Authorization: `Bearer ${sandbox.apiKey}`,
      ...headers,
    },
    JSON.stringify({ query }),
  );

/** Follows the changes with a key of the sandbox. */
export const follow = (
  { url, sandbox }: World,
  query: string = subscription,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<EventStream> =>
  postForEvents(
    url,
    { query, variables },
    { authorization: `Bearer ${sandbox.apiKey}`, ...headers },
  );

/** The id of this gateway of a token that was stored in the sandbox. */
export const idOf = ({ sandbox }: World, platform: string, sourceId: unknown): string => {
  const { tokenType } = platforms.find(({ key }) => key === platform) ?? {};
  return encodeTypeAndKey(String(tokenType), `${sandbox.organizationId}:${String(sourceId)}`);
};

/** Stores a new token in the sandbox, as another client of the API does. Returns its id in this gateway. */
export const addToken = (world: World, platform = 'WINDOWS', fields: Loose = {}): string =>
  idOf(world, platform, world.sandbox.addToken(platform.toLowerCase(), fields).id);

const namedAlike = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `${name}: displayName`);

/** Its events are longer than 20 kB with the tokens of `addLargeTokens`: a few hundred fill the buffers of a connection. */
export const largeSubscription = `subscription { enrollmentTokenChanges { cursor token { ${namedAlike.join(' ')} } } }`;

const batch = 400;

/** Adds tokens with long names, as fast as a subscriber who reads gets them. */
export const addLargeTokens = async (
  world: World,
  reading: EventStream,
  tokens: number,
): Promise<void> => {
  for (let added = 0; added < tokens; ) {
    for (const end = added + batch; added < end; added += 1) {
      addToken(world, 'WINDOWS', { displayName: `${added} ${'x'.repeat(3_000)}` });
    }
    await vi.waitUntil(() => reading.answers().length === added, { timeout: 20_000 });
  }
};

/** What the gateway's gauges say about subscriptions. */
export const readLoad = async (url: string) => {
  const [subscribers] = await fetchSamples(url, 'gateway_subscribers');
  const [readers] = await fetchSamples(url, 'gateway_change_readers');
  return { subscribers: subscribers?.value, readers: readers?.value };
};

/** Waits until nothing is followed. */
export const untilNobodyFollows = (url: string) =>
  vi.waitUntil(
    async () => {
      const { subscribers, readers } = await readLoad(url);
      return subscribers === 0 && readers === 0;
    },
    { timeout: 10_000, interval: 50 },
  );

/** The log lines about subscriptions. */
export const loggedSubscriptions = (world: World): readonly Loose[] =>
  world.logged().filter(({ msg, kind }) => msg === 'operation' && kind === 'subscription');
