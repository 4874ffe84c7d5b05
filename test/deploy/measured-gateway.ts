import { vi } from 'vitest';
import { connectWithKey } from '../server/websocket/raw-socket.ts';
import { startGateway, startWorld } from '../support/gateway/gateway.ts';
import { readExposition, scrape } from '../support/gateway/metrics.ts';
import { receiveEvents } from '../support/http/event-stream.ts';
import { freePort } from '../support/http/free-port.ts';
import { postJson } from '../support/http/post-json.ts';

/** The labels of a metric with all values that were seen. */
export type SeenLabels = ReadonlyMap<string, ReadonlySet<string>>;

const revoke = (id: string) =>
  `mutation Revoke { revokeEnrollmentToken(input: { id: "${id}" }) { userErrors { code } } }`;

/** Runs gateways through what their metrics report. Returns the metrics with their labels and values. */
export const measureGateways = async (): Promise<ReadonlyMap<string, SeenLabels>> => {
  const world = await startWorld(
    { tokens: 50, embeds: 'none' },
    {
      UPSTREAM_CONCURRENCY: '1',
      UPSTREAM_TIMEOUT_MS: '3000',
      MAX_UPSTREAM_CALLS: '24',
      LIVE_INTERVAL_SECONDS: '1',
      // Nothing listens there. The gateway works without it and says so.
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      SHARED_SECRET: 'a secret that replicas share',
    },
  );
  const { ask, sandbox } = world;
  const poor = await startGateway(
    { baseUrl: world.baseUrl, organization: sandbox.organizationId, apiKey: sandbox.apiKey },
    { UPSTREAM_BURST: '2', UPSTREAM_REQUESTS_PER_HOUR: '2' },
  );
  const users = (first: number) => `query Users { mdmUsers(first: ${first}) { nodes { name } } }`;

  const { data } = await ask(`query Page { enrollmentTokens(first: 20) {
    nodes { id user { name } policyAssignments { policy { name } } } } }`);
  const [{ id }, { id: other }] = data.enrollmentTokens.nodes;
  await ask('query Wrong { nothing }');
  const persistedQuery = { version: 1, sha256Hash: '0'.repeat(64) };
  await postJson(world.url, { extensions: { persistedQuery } });
  await ask(users(1), { authorization: 'Bearer a-key-that-nobody-has' });
  const many = Array.from({ length: 25 }, (_, index) => `u${index}: mdmUsers(first: ${index + 1})`);
  await ask(`query Costly { ${many.map((field) => `${field} { totalCount }`).join(' ')} }`);
  for (let index = 0; index < 4; index += 1) await poor.ask(users(index + 1));

  // The second caller gets no slot while the first one waits for the API.
  const slow = sandbox.faults.add({ kind: 'delay', ms: 2_300 });
  await Promise.all([ask(users(2)), ask(users(3))]);
  slow.remove();
  sandbox.faults.add({ kind: 'silence', times: 1, match: { method: 'GET' } });
  await ask(users(4));
  sandbox.faults.add({ kind: 'html', times: 1 });
  await ask(users(5));
  sandbox.faults.add({ kind: 'status', status: 405, times: 1, match: { method: 'GET' } });
  await ask(`query One { enrollmentToken(id: "${id}") { id } }`);
  const lost = sandbox.faults.add({ kind: 'reset-after' });
  await ask(revoke(other));
  lost.remove();

  const client = new AbortController();
  const response = await postJson(
    world.url,
    { query: 'subscription { enrollmentTokenChanges { kind } }' },
    { accept: 'text/event-stream', authorization: `Bearer ${sandbox.apiKey}` },
    client.signal,
  );
  const events = receiveEvents(response, () => client.abort());
  sandbox.addToken('windows');
  await events.answer(0);
  events.leave();
  const { socket, closed } = await connectWithKey(world);
  socket.close();
  await closed;
  await vi.waitUntil(async () => (await scrape(world.url)).includes('closes_total{code='), {
    timeout: 10_000,
  });

  const outage = sandbox.faults.add({ kind: 'status', status: 500 });
  for (let round = 0; round < 24; round += 1) {
    await ask(`{ enrollmentTokens(first: ${round + 1}) { nodes { id } } }`);
  }
  outage.remove();

  const seen = new Map<string, Map<string, Set<string>>>();
  for (const { url } of [world, poor]) {
    for (const [name, { samples }] of readExposition(await scrape(url))) {
      const labels = seen.get(name) ?? new Map<string, Set<string>>();
      seen.set(name, labels);
      for (const [label, value] of samples.flatMap((sample) => Object.entries(sample.labels))) {
        labels.set(label, (labels.get(label) ?? new Set()).add(value));
      }
    }
  }
  await poor.close();
  await world.close();
  return seen;
};
