import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../support/gateway/gateway.ts';
import {
  type ExamplePage,
  type ExampleSite,
  hasExamplePage,
  startExamplePage,
  watchOperations,
} from '../support/http/example-page.ts';
import { isSkipped } from '../support/optional-tools.ts';

describe.skipIf(isSkipped(hasExamplePage))('the list of the example page', () => {
  let example: ExamplePage;
  let site: ExampleSite;

  beforeAll(async () => {
    example = await startExamplePage();
    site = await example.startSite(400, 10);
  });
  afterAll(async () => {
    await site?.close();
    await example?.close();
  });
  afterEach(async () => {
    site.sandbox.faults.clear();
    expect(await example.closeTabs()).toEqual([]);
  });

  const open = async (options?: BrowserContextOptions) => {
    const opened = await example.open(site.url, options);
    await opened.page.locator('.token').first().waitFor();
    return opened;
  };

  const shown = (page: Page) => page.locator('.token').count();

  it('says that the gateway cannot be reached if it is stopped, and asks once', async () => {
    const stopped = await startGateway(site.upstream);
    const server = await example.serve(stopped.url);
    onTestFinished(server.close);
    await stopped.close();
    const { page, screenshot } = await example.open(server.url);
    await page.getByRole('alert').getByText('The gateway cannot be reached.').waitFor();
    await screenshot('web-stopped');
    const asked = watchOperations(page, 'query Tokens');
    await page.mouse.wheel(0, 3_000);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.poll(() => asked).toHaveLength(1);
    await page.getByRole('button', { name: 'Try again' }).waitFor();
    expect(asked).toHaveLength(1);
  });

  it('keeps its rows if the gateway stops, and continues when it runs again', async () => {
    const { page } = await open();
    await page.route('**/graphql', (route) => route.fulfill({ status: 500, body: '' }));
    const problem = page.getByRole('alert').getByText('The gateway cannot be reached.');
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 3_000);
        return problem.count();
      })
      .toBe(1);
    const before = await shown(page);
    await page.unroute('**/graphql');
    await page.getByRole('button', { name: 'Try again' }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => shown(page)).toBeGreaterThan(before);
    // The button is gone. The focus is at the end of the rows, not at the start of the page.
    expect(await page.evaluate('document.activeElement.className')).toBe('end');
  });

  it('says that an organization has no tokens, and what to do', async () => {
    const empty = await example.startSite(0, 3);
    onTestFinished(empty.close);
    const { page, complaints, screenshot } = await example.open(empty.url);
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
    await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(0);
    const covering: unknown = await page.evaluate(`{
      const count = document.querySelector('.count').getBoundingClientRect();
      [...document.querySelectorAll('.token')].filter((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        return top < count.bottom && bottom > count.top;
      }).length;
    }`);
    expect(covering).toBe(0);
  });
});
