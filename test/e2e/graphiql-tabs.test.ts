import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import { pickExamples } from '../../src/sandbox/examples.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type OpenPage, openBrowser, openPage } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';

const isInstalled = existsSync('/usr/bin/chromium');

// Who works on the gateway need not have a browser; the whole check does.
const isSkipped = !isInstalled && !process.env['CI'];
describe.skipIf(isSkipped)("GraphiQL's tabs", { timeout: 60_000 }, () => {
  let sandbox: Sandbox;
  let open: Gateway;
  let strict: Gateway;
  let browser: Browser;
  let opened: OpenPage | undefined;

  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 200 });
    const upstream = { ...(await sandbox.listen()), organization: sandbox.organizationId };
    open = await startGateway({
      ...upstream,
      anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
      examples: pickExamples(sandbox),
    });
    strict = await startGateway(upstream);
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await strict?.close();
    await open?.close();
    await sandbox?.close();
  });
  afterEach(async () => {
    expect(opened?.foreign).toEqual([]);
    await opened?.page.context().close();
    opened = undefined;
  });

  const openGraphiql = async (gateway: Gateway) => {
    opened = await openPage(browser, gateway.url, { colorScheme: 'light' });
    await opened.page.locator('.graphiql-query-editor').getByText('NewestTokens').waitFor();
    return opened;
  };
  const run = (page: Page) => page.getByRole('button', { name: /execute query/i }).click();
  const result = (page: Page) => page.locator('.result-window');

  it('open with a click, run, and are the same after a reload', async () => {
    const { page, complaints, screenshot } = await openGraphiql(open);
    const names = await page.getByRole('tab').allTextContents();
    for (const { name, shows } of [
      { name: 'PartialResults', shows: 'FORBIDDEN' },
      { name: 'CreateToken', shows: 'My first token' },
      { name: 'BulkCreateTokens', shows: 'CREATED' },
    ]) {
      await page.getByTitle(name, { exact: true }).click();
      await page.locator('.graphiql-query-editor').getByText(name).first().waitFor();
      await run(page);
      await result(page).getByText(shows).first().waitFor();
      await screenshot(`graphiql-${name}`);
    }
    expect(complaints).toEqual([]);
    await page.reload();
    await page.locator('.graphiql-query-editor').getByText('NewestTokens').waitFor();
    expect(await page.getByRole('tab').allTextContents()).toEqual(names);
  });

  it('have a place for the key, which is not kept', async () => {
    const { page, screenshot } = await openGraphiql(strict);
    await run(page);
    await result(page).getByText('UNAUTHENTICATED').waitFor();
    await page.getByRole('button', { name: 'Headers' }).click();
    const editor = page.locator('.graphiql-editor-tool').getByText('The API key of');
    await editor.waitFor();
    await screenshot('graphiql-key');

    await editor.click();
    await page.keyboard.press('ControlOrMeta+A');
    // The editor closes what is opened.
    await page.keyboard.insertText(`{"Authorization":"Bearer ${sandbox.apiKey}`);
    await run(page);
    await result(page).getByText('"totalCount"').waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(sandbox.apiKey);
  });
});
