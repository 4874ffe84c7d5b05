import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { recipeFiles } from '../../support/http/recipes.ts';
import { takeOperations, takeRequests } from '../../support/upstream/upstream-calls.ts';

const guide = readFileSync(new URL('../../../docs/frontend.md', import.meta.url), 'utf8');
const hourlyQuota = 10_000;

const firstPage = `query FirstPage($filter: EnrollmentTokenFilter) {
  enrollmentTokens(first: 20, filter: $filter) {
    nodes { id displayName state user { email } }
    sources { status }
  }
}`;

const changedTokens =
  /query ChangedTokens \{.*?^ {2}\}/ms.exec(recipeFiles.get('operations.ts') ?? '')?.[0] ?? '';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 200 });
});
afterAll(() => world.close());

/** Sends a query as one tab does, and returns the number of calls that it made. */
const poll = async (query: string, options = {}): Promise<number> => {
  world.sandbox.clearRequests();
  const { errors } = await world.ask(query, options);
  expect(errors).toEqual([]);
  return takeRequests(world.sandbox).length;
};

it('a poll costs one call for each platform, each time', async () => {
  expect([await poll(firstPage), await poll(firstPage)]).toEqual([2, 2]);
  expect(await poll(changedTokens)).toBe(2);
  const windows = { variables: { filter: { platforms: ['WINDOWS'] } } };
  expect(await poll(firstPage, windows)).toBe(1);
});

it('the table in docs/frontend.md is what that comes to in an hour', async () => {
  const calls = await poll(firstPage);
  const percent = (number: number): string =>
    `${Math.round((number / hourlyQuota) * 100).toLocaleString('en')} %`;
  const cell = (seconds: number, pages: number): string => {
    const number = (3600 / seconds) * calls * pages;
    return `${number.toLocaleString('en')} (${percent(number)})`;
  };
  const row = (seconds: number): string =>
    `| ${[`${seconds} s`, ...[1, 7, 200].map((pages) => cell(seconds, pages))].join(' | ')} |`;
  const rows = guide.split('\n').filter((line) => /^\| \d+ s \|/.test(line));
  expect(rows).toEqual([5, 30, 60].map(row));
  expect(guide).toContain(`every 15 minutes, which takes ${percent((3600 / 900) * calls * 200)}`);
});

it('seven tabs with one credential that ask at once share their calls', async () => {
  const slow = world.sandbox.faults.add({ kind: 'delay', ms: 2_000 });
  world.sandbox.clearRequests();
  const answers = await Promise.all(Array.from({ length: 7 }, () => world.ask(firstPage)));
  slow.remove();
  expect(answers.flatMap(({ errors }) => errors)).toEqual([]);
  expect(takeOperations(world.sandbox)).toHaveLength(2);
});

it('people with keys of their own share nothing', async () => {
  world.sandbox.clearRequests();
  const keys = Array.from({ length: 20 }, () => world.sandbox.addKey());
  await Promise.all(keys.map((key) => world.ask(firstPage, { authorization: `Bearer ${key}` })));
  expect(takeOperations(world.sandbox)).toHaveLength(2 * keys.length);
});

it('answers can neither be stored nor asked for again with an ETag', async () => {
  const { headers } = await world.ask(firstPage);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('etag')).toBeNull();
});
