import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../support/gateway/gateway.ts';
import {
  eventually,
  hasExamplePage,
  useExampleSite,
  watchOperations,
} from '../support/http/example-page.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { inOrder, storedTokens } from '../support/upstream/stored-tokens.ts';

describe.skipIf(isSkipped(hasExamplePage))('the list of the example page', () => {
  const web = useExampleSite(400, 10);

  const open = async (options?: BrowserContextOptions) => {
    const opened = await web.example.open(web.site.url, options);
    await opened.page.locator('.token').first().waitFor();
    return opened;
  };

  const shownNames = (page: Page) => page.locator('.token strong').allTextContents();
  const shown = (page: Page) => page.locator('.token').count();

  it('says that the gateway cannot be reached if it is stopped, and asks once', async () => {
    const stopped = await startGateway(web.site.upstream);
    const server = await web.example.serve(stopped.url);
    onTestFinished(server.close);
    await stopped.close();
    const { page, screenshot } = await web.example.open(server.url);
    await page.getByRole('alert').getByText('The gateway cannot be reached.').waitFor();
    await screenshot('web-stopped');
    const asked = watchOperations(page, 'query Tokens');
    await page.mouse.wheel(0, 3_000);
    await page.getByRole('button', { name: 'Try again' }).click();
    await eventually(() => asked).toHaveLength(1);
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(asked).toHaveLength(1);
  });

  it('keeps its rows if the gateway stops, and continues when it runs again', async () => {
    const { page } = await open();
    await page.route('**/graphql', (route) => route.fulfill({ status: 500, body: '' }));
    const problem = page.getByRole('alert').getByText('The gateway cannot be reached.');
    await eventually(async () => {
      await page.mouse.wheel(0, 3_000);
      return problem.count();
    }).toBe(1);
    const before = await shown(page);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).focus();
    await page.keyboard.press('Enter');
    await eventually(() => shown(page)).toBeGreaterThan(before);
    // The button is gone. The focus is at the end of the rows, not at the start of the page.
    expect(await page.evaluate('document.activeElement.className')).toBe('end');
  });

  it('says that an organization has no tokens, and what to do', async () => {
    const empty = await web.example.startSite(0, 3);
    onTestFinished(empty.close);
    const { page, complaints, screenshot } = await web.example.open(empty.url);
    await page.getByText('This organization has no tokens yet').waitFor();
    await screenshot('web-empty');
    await page.getByLabel('Windows').check({ force: true });
    await page.getByText('No token matches.').waitFor();
    expect(await page.getByText('This organization has no tokens yet').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it.each([390, 1280])('covers no row with its counter at %i pixels', async (width) => {
    const { page } = await open({ viewport: { width, height: 844 } });
    await page.mouse.wheel(0, 500);
    await eventually(() => page.evaluate('scrollY')).toBeGreaterThan(0);
    const covering: unknown = await page.evaluate(`{
      const count = document.querySelector('.count').getBoundingClientRect();
      [...document.querySelectorAll('.token')].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return top < count.bottom && bottom > count.top;
      }).length;
    }`);
    expect(covering).toBe(0);
  });

  it('orders by another field and in the other direction, in the order of the gateway', async () => {
    const { page, screenshot } = await open();
    await page.getByLabel('Order by').selectOption('Expires');
    await page.getByLabel('Direction').selectOption('Ascending');
    const names = inOrder(storedTokens(web.site.sandbox), 'expireAt', 'ASC').map(
      ({ document }) => document['displayName'] || 'Unnamed',
    );
    await eventually(() => shownNames(page)).toEqual(names.slice(0, 25));
    await screenshot('web-ordered');
    await eventually(async () => {
      await page.mouse.wheel(0, 3_000);
      return shown(page);
    }).toBe(names.length);
    expect(await shownNames(page)).toEqual(names);
  });

  it('loads larger pages while somebody scrolls fast, and small ones again after a pause', async () => {
    const { page } = await open();
    const now = Date.now();
    await page.clock.setFixedTime(now);
    const asked = watchOperations(page, 'query Tokens');
    await page.reload();
    await page.locator('.token').first().waitFor();
    // The wheel would turn on while a page is on its way, and could load one more.
    const loadPage = async (number: number) => {
      await page.evaluate('scrollTo(0, document.body.scrollHeight)');
      await eventually(() => asked.length).toBe(number);
      await page.locator('[aria-busy=false]').waitFor();
    };
    for (const number of [2, 3, 4]) await loadPage(number);
    expect(asked.map(({ first }) => first)).toEqual([25, 50, 100, 100]);
    await page.clock.setFixedTime(now + 10_000);
    await loadPage(5);
    expect(asked.at(-1)?.['first']).toBe(25);
  });
});
