import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { createAsk } from '../../test/support/gateway/gateway.ts';
import { readSamples, scrape } from '../../test/support/gateway/metrics.ts';
import { ask, drive, outcomes, quantile, type Request, type Sample } from './load.ts';
import type { Scenario, Setting } from './scenarios.ts';

/** The metrics of the process at one time. */
interface Reading {
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly handles: number;
  readonly files: number;
}

const readMetrics = async (url: string): Promise<Reading> => {
  const text = await scrape(url);
  const read = (name: string): number => readSamples(text, name)[0]?.value ?? Number.NaN;
  return {
    heapBytes: read('gateway_nodejs_heap_size_used_bytes'),
    residentBytes: read('gateway_process_resident_memory_bytes'),
    handles: read('gateway_nodejs_active_handles_total'),
    files: read('gateway_process_open_fds'),
  };
};

/** The number of callers. The gateway caches lookups for each caller. */
const callers = 50;

const megabyte = 1024 * 1024;
const smallest = (values: readonly number[]): number => Math.min(...values);

const pageOf = (args: string, selection: string): string =>
  `query Mixed { enrollmentTokens(${args}) { ${selection} } }`;

const userData = z.object({
  mdmUsers: z.object({ nodes: z.tuple([z.object({ id: z.string(), email: z.string() })]) }),
});

const userOf = async ({ url, upstream }: Setting): Promise<{ id: string; email: string }> => {
  const { data } = await createAsk(
    url,
    upstream.authorization(0),
  )('{ mdmUsers(first: 1) { nodes { id email } } }');
  return userData.parse(data).mdmUsers.nodes[0];
};

/** The operations of the clients, in turn: pages, lookups, scans, writes, invalid documents, and clients that disconnect. */
const mixOf = (
  { upstream }: Setting,
  user: { readonly id: string; readonly email: string },
): ((index: number) => Request) => {
  const create = `mutation Create($key: String!) { createWindowsEnrollmentToken(input: {
    userId: "${user.id}", sendEmail: false, idempotencyKey: $key }) { enrollmentToken { id } userErrors { code } } }`;
  const kinds: readonly ((index: number) => Omit<Request, 'authorization'>)[] = [
    () => ({
      query: pageOf('first: 20', 'nodes { id state user { id email } } sources { error { code } }'),
    }),
    () => ({
      query: pageOf(
        'first: 50',
        'nodes { user { name } policyAssignments { policy { name version } } }',
      ),
    }),
    () => ({
      query: pageOf('first: 10, filter: { states: [PENDING] }', 'nodes { id } totalCount'),
    }),
    (index) => ({
      query:
        'query($email: String!) { mdmUser(email: $email) { name enrollmentTokens { totalCount } } }',
      variables: { email: index % 2 === 0 ? user.email : `nobody-${index}@example.com` },
    }),
    () => ({ query: '{ mdmPolicies(first: 20) { nodes { name } } }' }),
    // A new document each time. The caches of documents must not keep all of them.
    (index) => ({ query: `query Q${index} { a${index}: mdmUsers(first: 5) { totalCount } }` }),
    (index) => ({ query: `{ wrong${index} }` }),
    () => ({ query: pageOf('first: 100, after: "nonsense"', 'nodes { id }') }),
    () => ({ query: pageOf('first: 30', 'nodes { id }'), leavesAfterMs: 10 }),
    (index) => ({ query: create, variables: { key: `soak-${index % 500}` } }),
  ];
  return (index) =>
    ({
      authorization: upstream.authorization(index % callers),
      ...(kinds[index % kinds.length] ?? kinds[0])?.(index),
    }) as Request;
};

/** Runs all kinds of operations, with one call in fifty failing. Memory must not grow after the first third. */
export const mixed = async (setting: Setting, durationMs: number): Promise<Scenario> => {
  const { url, upstream } = setting;
  upstream.setLatencyMs(15);
  const next = mixOf(setting, await userOf(setting));
  // Fills the bounded caches of documents first, so that their growth does not count as a leak.
  await drive(url, 100, 15_000, (index) => ({
    query: index % 2 === 0 ? `query W${index} { __typename }` : `{ wrongBefore${index} }`,
    authorization: upstream.authorization(0),
  }));
  upstream.failOneIn(50);
  const readings: Reading[] = [];
  let isOver = false;
  const watch = (async () => {
    while (!isOver) {
      readings.push(await readMetrics(url));
      await pause(1_000);
    }
  })();
  // In pieces, because the samples of an hour need too much memory.
  const pieceMs = 10_000;
  let samples: readonly Sample[] = [];
  let asked = 0;
  for (let passedMs = 0; passedMs < durationMs; passedMs += pieceMs) {
    const before = asked;
    samples = await drive(url, 60, Math.min(pieceMs, durationMs - passedMs), (index) => {
      asked = before + index + 1;
      return next(before + index);
    });
  }
  isOver = true;
  await watch;
  const third = Math.floor(readings.length / 3);
  const middle = readings.slice(third, 2 * third);
  const last = readings.slice(2 * third);
  const growth = (of: (reading: Reading) => number): number =>
    smallest(last.map(of)) - smallest(middle.map(of));
  const after = await ask(url, next(0));
  return {
    figures: [
      { name: 'operations', value: asked, unit: '' },
      { name: 'answer, p99 of the last 10 s', value: quantile(samples, 0.99), unit: 'ms' },
      {
        name: 'lowest heap',
        value: smallest(last.map(({ heapBytes }) => heapBytes)) / megabyte,
        unit: 'MB',
      },
      {
        name: 'growth of the heap, middle third to last third',
        value: growth(({ heapBytes }) => heapBytes) / megabyte,
        unit: 'MB',
        most: 8,
      },
      {
        name: 'resident memory',
        value: (last.at(-1)?.residentBytes ?? Number.NaN) / megabyte,
        unit: 'MB',
        most: 400,
      },
      { name: 'growth of handles', value: growth(({ handles }) => handles), unit: '', most: 8 },
      { name: 'growth of open files', value: growth(({ files }) => files), unit: '', most: 8 },
      { name: 'answers after the load', value: after.outcome === 'OK' ? 1 : 0, unit: '', least: 1 },
    ],
    note: `of the last 10 s: ${outcomes(samples)}`,
  };
};
