import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readLoad } from '../../server/subscriptions/following.ts';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { chromiumPath, type OpenPage, openBrowser, openPage } from '../../support/http/browser.ts';
import { isSkipped } from '../../support/optional-tools.ts';

const timeout = 10_000;

describe.skipIf(isSkipped(existsSync(chromiumPath)))(
  'the example FollowChanges in GraphiQL',
  () => {
    let gateway: ReadyGateway;
    let browser: Browser;
    let following: OpenPage;
    let creating: OpenPage;

    beforeAll(async () => {
      gateway = await startReadyGateway();
      browser = await openBrowser();
      following = await openPage(browser, gateway.url, { colorScheme: 'light' });
      creating = await openPage(browser, gateway.url, { colorScheme: 'light' });
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await gateway?.stop();
    });

    const result = (page: Page) => page.locator('.result-window');
    const subscribers = async () => (await readLoad(gateway.url)).subscribers;

    /** Opens an example and runs it. GraphiQL recognizes the operation in the editor with a delay. */
    const run = async (page: Page, name: string, until: () => Promise<unknown>) => {
      await page.getByTitle(name, { exact: true }).click();
      await page.locator('.graphiql-query-editor').getByText(name).first().waitFor();
      await vi.waitFor(async () => {
        const execute = page.getByRole('button', { name: /execute query/i });
        if (await execute.isVisible()) await execute.click();
        await until();
      }, 20_000);
    };

    it('shows each change at once, by server-sent events, until it is stopped', async () => {
      const { page, screenshot } = following;
      const answer = page.waitForResponse((response) =>
        Boolean(response.request().postData()?.includes('subscription FollowChanges')),
      );
      await run(page, 'FollowChanges', () => vi.waitUntil(async () => (await subscribers()) === 1));
      expect((await answer).headers()['content-type']).toBe('text/event-stream');

      await run(creating.page, 'CreateToken', () =>
        result(creating.page).getByText('My first token').first().waitFor({ timeout: 2_000 }),
      );
      await result(page).getByText('"CREATED"').waitFor({ timeout });
      await result(page).getByText('"My first token"').waitFor({ timeout });
      await screenshot('graphiql-follow-changes');
      expect(await subscribers()).toBe(1);

      await page.getByRole('button', { name: /stop query/i }).click();
      await expect.poll(subscribers, { timeout }).toBe(0);
      expect([...following.complaints, ...creating.complaints]).toEqual([]);
    });
  },
);
