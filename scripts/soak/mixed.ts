import { z } from 'zod';
import { createAsk } from '../../test/support/gateway/gateway.ts';
import { ask, drive, outcomes, quantile, type Request, type Sample } from './load.ts';
import { watchMemory } from './memory.ts';
import type { Scenario, Setting } from './scenarios.ts';

/** The number of callers. The gateway caches lookups for each caller. */
const callers = 50;

const pageOf = (args: string, selection: string): string =>
  `query Mixed { enrollmentTokens(${args}) { ${selection} } }`;

const userData = z.object({
  mdmUsers: z.object({ nodes: z.tuple([z.object({ id: z.string(), email: z.string() })]) }),
});

/** A user of the organization. */
export const userOf = async ({
  url,
  upstream,
}: Setting): Promise<{ id: string; email: string }> => {
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
  const endWatch = watchMemory(url, 8);
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
  const memory = await endWatch();
  const after = await ask(url, next(0));
  return {
    figures: [
      { name: 'operations', value: asked, unit: '' },
      { name: 'answer, p99 of the last 10 s', value: quantile(samples, 0.99), unit: 'ms' },
      ...memory,
      { name: 'answers after the load', value: after.outcome === 'OK' ? 1 : 0, unit: '', least: 1 },
    ],
    note: `of the last 10 s: ${outcomes(samples)}`,
  };
};
