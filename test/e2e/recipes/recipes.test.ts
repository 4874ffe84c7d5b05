import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { type ClientPages, runClient } from '../../support/http/client-page.ts';
import { createRecipes, hasRecipes, type Recipes } from '../../support/http/recipes.ts';
import { isSkipped } from '../../support/optional-tools.ts';

const timeout = 10_000;
/** Old tokens, which a page of this filter does not reach. */
const needles = ['Needle 3', 'Needle 2', 'Needle 1'];

describe.skipIf(isSkipped(hasRecipes))('the recipe of docs/clients.md for', () => {
  let recipes: Recipes;
  let pages: ClientPages;
  let world: World;
  let userId: string;

  beforeAll(async () => {
    recipes = await createRecipes();
    pages = await recipes.serve('apollo', 'urql', 'relay', 'plain');
    world = await startWorld(
      { tokens: 150 },
      { CORS_ORIGINS: pages.origin, MAX_SCAN_ITEMS: '40', LOOKUP_TTL_MS: '0' },
    );
    for (const [index, displayName] of needles.entries()) {
      const createdAt = new Date(Date.UTC(2020, 0, 10 - index)).toISOString();
      world.sandbox.addToken('windows', { displayName, createdAt });
    }
    const { data } = await world.ask('{ mdmUsers(first: 1) { nodes { id } } }');
    userId = data.mdmUsers.nodes[0].id;
  });
  afterAll(async () => {
    await pages?.close();
    await world?.close();
    await recipes?.remove();
  });

  /** The names of the first tokens, as the gateway lists them. */
  const names = async (first: number, filter: object | null = null): Promise<string[]> => {
    const query = `query ($first: Int!, $filter: EnrollmentTokenFilter) {
      enrollmentTokens(first: $first, filter: $filter) { nodes { displayName } }
    }`;
    const { data } = await world.ask(query, { variables: { first, filter } });
    return data.enrollmentTokens.nodes.map((node: any) => node.displayName ?? '');
  };

  const storedTokens = () =>
    ['apple', 'windows'].flatMap((platform) => world.sandbox.platform(platform).tokens.all());

  describe.each(['apollo', 'urql', 'relay'])('%s', (client) => {
    const created = `Created by ${client}`;
    let page: Page;
    /** Warnings and errors in the console of the page. */
    let complaints: string[];
    /** The number of requests that the page sent. */
    let sent: number;

    beforeAll(async () => {
      page = await pages.open(client);
      page.on('console', (message) => {
        if (/warn|error/.test(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', ({ message }) => complaints.push(message));
      page.on('request', (request) => {
        if (request.url().startsWith(world.url)) sent += 1;
      });
    });
    afterAll(() => page?.close());

    beforeEach(async () => {
      complaints = [];
      sent = 0;
      await call('start', { userId, displayName: created, sendEmail: false });
    });
    afterEach(() => expect(complaints).toEqual([]));

    const call = (name: string, ...parameters: readonly unknown[]) =>
      runClient(page, world, name, ...parameters);
    const rows = () => page.locator('li').allTextContents();
    const rowNames = async () => (await rows()).map((text) => text.split(',')[0]);
    const rowCount = (number: number) =>
      expect.poll(() => page.locator('li').count(), { timeout }).toBe(number);
    const button = (name: string) => page.getByRole('button', { name });

    const showTwoPages = async () => {
      await call('show', null);
      await rowCount(20);
      await button('More').click();
      await rowCount(40);
    };

    it('appends pages in the order of the gateway, without repeats', async () => {
      await showTwoPages();
      await button('More').click();
      await rowCount(60);
      expect(await rowNames()).toEqual(await names(60));
      expect(sent).toBe(3);
    });

    it('keeps a list for each filter, and reads both from its cache', async () => {
      const filter = { platforms: ['WINDOWS'] };
      await showTwoPages();
      const all = await rows();
      // What only the fragment on WindowsEnrollmentToken selects.
      expect(all.join()).toContain('standard');
      await call('show', filter);
      await expect.poll(rowNames, { timeout }).toEqual(await names(20, filter));
      await call('show', null);
      await expect.poll(rows, { timeout }).toEqual(all);
      await call('show', filter);
      await expect.poll(rowNames, { timeout }).toEqual(await names(20, filter));
      expect(sent).toBe(3);
    });

    it('walks on over empty pages', async () => {
      await call('show', { search: 'needle' });
      await expect.poll(() => button('More').isVisible(), { timeout }).toBe(true);
      expect(await rows()).toEqual([]);
      for (let pagesRead = 1; await button('More').isVisible(); pagesRead += 1) {
        expect(sent).toBe(pagesRead);
        await button('More').click();
        await expect.poll(() => sent, { timeout }).toBe(pagesRead + 1);
        await expect.poll(() => page.locator('button:disabled').count(), { timeout }).toBe(0);
      }
      expect(await rowNames()).toEqual(needles);
      expect(sent).toBeGreaterThan(3);
    });

    it('shows a created token at the top of the list, once', async () => {
      await showTwoPages();
      const answered = () =>
        page.waitForResponse((response) =>
          Boolean(response.request().postData()?.includes('createWindowsEnrollmentToken')),
        );
      for (const click of ['creates', 'repeats']) {
        const answer = answered();
        await button('Create').click();
        const { data } = await (await answer).json();
        expect(data.createWindowsEnrollmentToken.userErrors, click).toEqual([]);
        await expect.poll(async () => (await rowNames())[0], { timeout }).toBe(created);
      }
      await expect.poll(() => page.locator('button:disabled').count(), { timeout }).toBe(0);
      const { length } = await rows();
      expect(await rowNames()).toEqual(await names(length));
      await button('More').click();
      await rowCount(length + 20);
      expect(await rowNames()).toEqual(await names(length + 20));
    });

    it('keeps the rows if users cannot be looked up', async () => {
      const match = { path: '/mdm/users' };
      const fault = world.sandbox.faults.add({ kind: 'status', status: 500, match });
      await call('show', null);
      await rowCount(20);
      fault.remove();
      expect(fault.hits()).toBeGreaterThan(0);
      expect(await rowNames()).toEqual(await names(20));
      expect((await rows())[0]).toContain('@example.com');
      expect(await page.getByRole('alert').count()).toBeGreaterThan(0);
    });

    it('shows in its rows what a poll reads, and keeps all pages', async () => {
      const displayName = `Used with ${client}`;
      const token = world.sandbox.addToken('windows', { displayName });
      await showTwoPages();
      expect((await rows())[0]).toContain(`${displayName}, PENDING`);
      Object.assign(token, { state: 'DONE', updatedAt: new Date().toISOString() });
      expect(await call('refresh')).toEqual([]);
      await expect
        .poll(async () => (await rows())[0], { timeout })
        .toContain(`${displayName}, DONE`);
      await rowCount(40);
    });

    // The last test of a page: it stops the page's clock.
    it('polls while it is visible, and waits as long as the gateway says', async () => {
      const setVisibility = (value: string) =>
        page.evaluate(
          `Object.defineProperty(document, 'visibilityState', { value: '${value}', configurable: true })`,
        );
      const afterSeconds = async (seconds: number, refreshed: number) => {
        await page.clock.runFor(seconds * 1000);
        await expect.poll(() => call('refreshed'), { timeout }).toBe(refreshed);
      };
      // A gateway of its own: it remembers when the API said to come back.
      const limited = await startWorld({ tokens: 10 }, { CORS_ORIGINS: pages.origin });
      await runClient(page, limited, 'start', {});
      await page.clock.install();
      await page.clock.pauseAt(Date.now() + 60_000);
      await call('poll', 30);
      await afterSeconds(29, 0);
      await afterSeconds(10, 1);
      await setVisibility('hidden');
      await afterSeconds(300, 1);
      limited.sandbox.faults.add({ kind: 'status', status: 429, retryAfterSeconds: 600 });
      await setVisibility('visible');
      await afterSeconds(39, 2);
      await afterSeconds(590, 2);
      await afterSeconds(170, 3);
      await limited.close();
    });
  });

  it('Apollo Client sends a create again if no answer came, and nothing after an answer', async () => {
    const page = await pages.open('apollo');
    const input = { userId, displayName: 'Sent twice', sendEmail: false };
    let creates = 0;
    await page.route(world.url, async (route) => {
      if (!route.request().postData()?.includes('CreateToken')) return route.continue();
      creates += 1;
      if (creates > 1) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await runClient(page, world, 'start', input);
    await runClient(page, world, 'show', null);
    await page.getByRole('button', { name: 'Create' }).click();
    const first = page.locator('li').first();
    await expect.poll(() => first.textContent(), { timeout }).toContain('Sent twice');
    expect(creates).toBe(2);
    const twins = storedTokens().filter(({ displayName }) => displayName === 'Sent twice');
    expect(twins).toHaveLength(1);

    let refusals = 0;
    page.on('response', (response) => {
      if (response.status() === 401) refusals += 1;
    });
    const stranger = { ...world, sandbox: { ...world.sandbox, apiKey: 'unknown' } };
    await runClient(page, stranger, 'start', input);
    await runClient(page, stranger, 'show', null);
    await page.getByRole('alert').waitFor({ timeout });
    expect(refusals).toBe(1);
    await page.close();
  });

  it("Apollo Client's own polls stop while the page is hidden", async () => {
    const page = await pages.open('apollo');
    let sent = 0;
    page.on('request', (request) => {
      if (request.url() === world.url) sent += 1;
    });
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
    await runClient(page, world, 'start', {});
    await runClient(page, world, 'show', 'changes');
    const afterSeconds = async (seconds: number, expected: number) => {
      await page.clock.runFor(seconds * 1000);
      await expect.poll(() => sent, { timeout }).toBe(expected);
    };
    await afterSeconds(1, 1);
    await page.getByText('20').waitFor({ timeout });
    await afterSeconds(60, 2);
    await page.evaluate('Object.defineProperty(document, "hidden", { value: true })');
    await afterSeconds(150, 2);
    await page.close();
  });

  it('a typed document without a client', async () => {
    const { data } = await world.ask('{ enrollmentTokens(first: 1) { nodes { id } } }');
    const { id } = data.enrollmentTokens.nodes[0];
    const page = await pages.open('plain');
    expect(await runClient(page, world, 'ask', id)).toMatchObject({
      data: { enrollmentToken: { id, enrollmentLink: expect.stringMatching(/^https:/) } },
    });
    await page.close();
  });

  it('types: right uses compile, and wrong ones do not', async () => {
    await recipes.write('uses.ts', uses);
    expect(await recipes.check()).toBe('');
  });
});

/** `@ts-expect-error` is an error itself if the next line compiles. */
const uses = `
import { ask } from './ask';
import { readFragment } from './gql';
import { CreateToken, TokenDetails, TokenPage, TokenRow } from './operations';

type IsAny<Type> = 0 extends 1 & Type ? true : false;

export const use = async (url: string, key: string) => {
  const { data } = await ask(url, key, TokenPage, { first: 2 });
  const node = data?.enrollmentTokens.edges[0]?.node;
  if (!node) return;
  const row = readFragment(TokenRow, node);
  const expiresAt: string | null = row.expiresAt;
  // @ts-expect-error a time is a text
  const date: Date | null = row.expiresAt;
  // @ts-expect-error a field of the fragment is hidden
  node.displayName;
  // @ts-expect-error no such state
  row.state === 'GONE';
  // @ts-expect-error the size of a page is a number
  await ask(url, key, TokenPage, { first: 'two' });
  // @ts-expect-error the input lacks sendEmail
  await ask(url, key, CreateToken, { input: { userId: node.id } });
  const details = (await ask(url, key, TokenDetails, { id: node.id })).data?.enrollmentToken;
  const link: string | null | undefined = details?.enrollmentLink;
  const isAnyLink: IsAny<typeof link> = false;
  const isAnyTime: IsAny<typeof row.expiresAt> = false;
  const isAnyJson: IsAny<NonNullable<typeof details>['config']> = false;
  // @ts-expect-error a value of unknown shape is not read unchecked
  details?.config.name;
  return [expiresAt, date, link, isAnyLink, isAnyTime, isAnyJson];
};
`;
