import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { ask, drive, outcomes, quantile, type Request, type Sample } from './load.ts';
import type { Scenario, Setting } from './scenarios.ts';

/** What the process says of itself at one moment. */
interface Reading {
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly handles: number;
  readonly files: number;
}

const readMetrics = async (url: string): Promise<Reading> => {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const read = (name: string): number =>
    Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  return {
    heapBytes: read('gateway_nodejs_heap_size_used_bytes'),
    residentBytes: read('gateway_process_resident_memory_bytes'),
    handles: read('gateway_nodejs_active_handles_total'),
    files: read('gateway_process_open_fds'),
  };
};

/** Lookups are kept for each of them. */
const callers = 50;

const megabyte = 1024 * 1024;
const smallest = (values: readonly number[]): number => Math.min(...values);

const pageOf = (args: string, selection: string): string =>
  `query Mixed { enrollmentTokens(${args}) { ${selection} } }`;

const someone = z.object({ id: z.string(), email: z.string() });
const userAnswer = z.object({
  data: z.object({ mdmUsers: z.object({ nodes: z.tuple([someone]) }) }),
});

const userOf = async ({ url, upstream }: Setting): Promise<{ id: string; email: string }> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: upstream.authorization(0) },
    body: JSON.stringify({ query: '{ mdmUsers(first: 1) { nodes { id email } } }' }),
  });
  return userAnswer.parse(await response.json()).data.mdmUsers.nodes[0];
};

/** What clients ask in turn: pages, lookups, scans, writes, nonsense, and those who leave. */
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
    // A document that nobody has sent before: caches of documents must not keep all of them.
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

/** Everything at once, with one call in fifty failing. What is kept must stop growing after the first third. */
export const mixed = async (setting: Setting, durationMs: number): Promise<Scenario> => {
  const { url, upstream } = setting;
  upstream.setLatencyMs(15);
  const next = mixOf(setting, await userOf(setting));
  // What documents are kept in is filled first: it is bounded, and no leak.
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
  // In pieces: the samples of an hour are too many to keep.
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
  const grown = (of: (reading: Reading) => number): number =>
    smallest(last.map(of)) - smallest(middle.map(of));
  const after = await ask(url, next(0));
  return {
    figures: [
      { name: 'operations', value: asked, unit: '' },
      { name: 'answer, p99 of the last 10 s', value: quantile(samples, 0.99), unit: 'ms' },
      {
        name: 'heap at its lowest',
        value: smallest(last.map(({ heapBytes }) => heapBytes)) / megabyte,
        unit: 'MB',
      },
      {
        name: 'heap grown, last third to middle third',
        value: grown(({ heapBytes }) => heapBytes) / megabyte,
        unit: 'MB',
        most: 8,
      },
      {
        name: 'resident memory',
        value: (last.at(-1)?.residentBytes ?? Number.NaN) / megabyte,
        unit: 'MB',
        most: 400,
      },
      { name: 'handles grown', value: grown(({ handles }) => handles), unit: '', most: 8 },
      { name: 'open files grown', value: grown(({ files }) => files), unit: '', most: 8 },
      { name: 'well after it', value: after.outcome === 'OK' ? 1 : 0, unit: '', least: 1 },
    ],
    note: `of the last 10 s: ${outcomes(samples)}`,
  };
};
