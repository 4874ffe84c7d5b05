import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { type ClientPages, runClient } from '../../support/http/client-page.ts';
import { createRecipes, hasRecipes, type Recipes } from '../../support/http/recipes.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { type ListPage, listedNames, openListPage, timeout } from './list-page.ts';
import { typedUses } from './typed-uses.ts';

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

  const names = (first: number, filter?: object) => listedNames(world, first, filter);

  const storedTokens = () =>
    ['apple', 'windows'].flatMap((platform) => world.sandbox.platform(platform).tokens.all());

  describe.each(['apollo', 'urql', 'relay'])('%s', (client) => {
    const created = `Created by ${client}`;
    let list: ListPage;
    let page: Page;

    beforeAll(async () => {
      list = await openListPage(pages, world, client);
      page = list.page;
    });
    afterAll(() => page?.close());

    beforeEach(async () => {
      list.forget();
      await list.call('start', { userId, displayName: created, sendEmail: false });
    });
    afterEach(() => expect(list.complaints()).toEqual([]));

    const showTwoPages = async () => {
      await list.call('show', null);
      await list.rowCount(20);
      await list.button('More').click();
      await list.rowCount(40);
    };

    it('appends pages in the order of the gateway, without repeats', async () => {
      await showTwoPages();
      await list.button('More').click();
      await list.rowCount(60);
      expect(await list.rowNames()).toEqual(await names(60));
      expect(list.sent()).toBe(3);
    });

    it('keeps a list for each filter, and reads both from its cache', async () => {
      const filter = { platforms: ['WINDOWS'] };
      await showTwoPages();
      const all = await list.rows();
      // What only the fragment on WindowsEnrollmentToken selects.
      expect(all.join()).toContain('standard');
      await list.call('show', filter);
      await expect.poll(list.rowNames, { timeout }).toEqual(await names(20, filter));
      await list.call('show', null);
      await expect.poll(list.rows, { timeout }).toEqual(all);
      await list.call('show', filter);
      await expect.poll(list.rowNames, { timeout }).toEqual(await names(20, filter));
      expect(list.sent()).toBe(3);
    });

    it('walks on over empty pages', async () => {
      await list.call('show', { search: 'needle' });
      await expect.poll(() => list.button('More').isVisible(), { timeout }).toBe(true);
      expect(await list.rows()).toEqual([]);
      for (let pagesRead = 1; await list.button('More').isVisible(); pagesRead += 1) {
        expect(list.sent()).toBe(pagesRead);
        await list.button('More').click();
        await expect.poll(list.sent, { timeout }).toBe(pagesRead + 1);
        await expect.poll(() => page.locator('button:disabled').count(), { timeout }).toBe(0);
      }
      expect(await list.rowNames()).toEqual(needles);
      expect(list.sent()).toBeGreaterThan(3);
    });

    it('shows a created token at the top of the list, once', async () => {
      await showTwoPages();
      const answered = () =>
        page.waitForResponse((response) =>
          Boolean(response.request().postData()?.includes('createWindowsEnrollmentToken')),
        );
      for (const click of ['creates', 'repeats']) {
        const answer = answered();
        await list.button('Create').click();
        const { data } = await (await answer).json();
        expect(data.createWindowsEnrollmentToken.userErrors, click).toEqual([]);
        await expect.poll(async () => (await list.rowNames())[0], { timeout }).toBe(created);
      }
      await expect.poll(() => page.locator('button:disabled').count(), { timeout }).toBe(0);
      const { length } = await list.rows();
      expect(await list.rowNames()).toEqual(await names(length));
      await list.button('More').click();
      await list.rowCount(length + 20);
      expect(await list.rowNames()).toEqual(await names(length + 20));
    });

    it('keeps the rows if users cannot be looked up', async () => {
      const match = { path: '/mdm/users' };
      const fault = world.sandbox.faults.add({ kind: 'status', status: 500, match });
      await list.call('show', null);
      await list.rowCount(20);
      fault.remove();
      expect(fault.hits()).toBeGreaterThan(0);
      expect(await list.rowNames()).toEqual(await names(20));
      expect((await list.rows())[0]).toContain('@example.com');
      expect(await page.getByRole('alert').count()).toBeGreaterThan(0);
    });

    it('shows in its rows what a poll reads, and keeps all pages', async () => {
      const displayName = `Used with ${client}`;
      const token = world.sandbox.addToken('windows', { displayName });
      await showTwoPages();
      expect((await list.rows())[0]).toContain(`${displayName}, PENDING`);
      Object.assign(token, { state: 'DONE', updatedAt: new Date().toISOString() });
      expect(await list.call('refresh')).toEqual([]);
      await expect
        .poll(async () => (await list.rows())[0], { timeout })
        .toContain(`${displayName}, DONE`);
      await list.rowCount(40);
    });

    // The last test of a page: it stops the page's clock.
    it('polls while it is visible, and waits as long as the gateway says', async () => {
      const setVisibility = (value: string) =>
        page.evaluate(
          `Object.defineProperty(document, 'visibilityState', { value: '${value}', configurable: true })`,
        );
      const afterSeconds = async (seconds: number, refreshed: number) => {
        await page.clock.runFor(seconds * 1000);
        await expect.poll(() => list.call('refreshed'), { timeout }).toBe(refreshed);
      };
      // A gateway of its own: it remembers when the API said to come back.
      const limited = await startWorld({ tokens: 10 }, { CORS_ORIGINS: pages.origin });
      await runClient(page, limited, 'start', {});
      await page.clock.install();
      await page.clock.pauseAt(Date.now() + 60_000);
      await list.call('poll', 30);
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
    await recipes.write('uses.ts', typedUses);
    expect(await recipes.check()).toBe('');
  });
});
