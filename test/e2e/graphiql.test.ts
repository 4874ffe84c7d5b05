import { existsSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import { pickExamples } from '../../src/sandbox/examples.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { chromiumPath, type OpenPage, openBrowser, openPage } from '../support/http/browser.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { inOrder, storedTokens } from '../support/upstream/stored-tokens.ts';

describe.skipIf(isSkipped(existsSync(chromiumPath)))(
  'GraphiQL, without access to other hosts',
  () => {
    let sandbox: Sandbox;
    let gateway: Gateway;
    let strict: Gateway;
    let browser: Browser;
    let graphiql: OpenPage;

    beforeAll(async () => {
      sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 200 });
      const upstream = { ...(await sandbox.listen()), organization: sandbox.organizationId };
      gateway = await startGateway({
        ...upstream,
        anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
        examples: pickExamples(sandbox),
      });
      strict = await startGateway(upstream);
      browser = await openBrowser();
      graphiql = await openPage(browser, gateway.url, { colorScheme: 'light' });
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await strict?.close();
      await gateway?.close();
      await sandbox?.close();
    });

    const run = (page: Page) => page.getByRole('button', { name: /execute query/i }).click();
    const result = (page: Page) => page.locator('.result-window');
    const untilOpen = (page: Page) =>
      page.locator('.graphiql-query-editor').getByText('NewestTokens').waitFor();

    it('opens with example operations in tabs', async () => {
      const { page, screenshot } = graphiql;
      await page.getByRole('tab', { name: 'NewestTokens' }).waitFor();
      await page.locator('.graphiql-query-editor').getByText('enrollmentTokens').first().waitFor();
      expect(await page.getByRole('tab').count()).toBeGreaterThanOrEqual(4);
      await screenshot('graphiql-opened');
    });

    it('runs the first example and shows the newest tokens', async () => {
      const { page, screenshot } = graphiql;
      await page.getByRole('tab', { name: 'NewestTokens' }).click();
      await run(page);
      const [newest] = inOrder(storedTokens(sandbox));
      await result(page).getByText('"totalCount"').waitFor();
      await result(page).getByText(String(newest?.document['displayName'])).first().waitFor();
      await screenshot('graphiql-result');
    });

    it('shows the documentation of EnrollmentToken', async () => {
      const { page, screenshot } = graphiql;
      await page.getByRole('button', { name: /show documentation explorer/i }).click();
      const explorer = page.locator('.graphiql-doc-explorer');
      await explorer.getByText('Query', { exact: true }).first().click();
      await explorer.getByText('EnrollmentToken', { exact: true }).first().click();
      await explorer.getByText('A token that lets a device enroll').waitFor();
      await explorer.getByText('enrollmentLink').waitFor();
      await screenshot('graphiql-docs');
      await page.getByRole('button', { name: /hide documentation explorer/i }).click();
    });

    it.each([
      { name: 'PartialResults', shows: 'FORBIDDEN' },
      { name: 'CreateToken', shows: 'My first token' },
      { name: 'BulkCreateTokens', shows: 'CREATED' },
    ])('opens the tab $name with a click, and runs it', async ({ name, shows }) => {
      const { page, screenshot } = graphiql;
      await page.getByTitle(name, { exact: true }).click();
      await page.locator('.graphiql-query-editor').getByText(name).first().waitFor();
      // GraphiQL recognizes the operation in the editor with a delay.
      await vi.waitFor(async () => {
        await run(page);
        await result(page).getByText(shows).first().waitFor({ timeout: 2_000 });
      }, 20_000);
      await screenshot(`graphiql-${name}`);
    });

    it('has the same tabs after a reload, and opens the first', async () => {
      const { page } = graphiql;
      const names = await page.getByRole('tab').allTextContents();
      await page.reload();
      await untilOpen(page);
      expect(await page.getByRole('tab').allTextContents()).toEqual(names);
    });

    it('sent no request to another host, and reported no error', async () => {
      expect(graphiql.foreign).toEqual([]);
      expect(graphiql.complaints).toEqual([]);
      await graphiql.page.context().close();
    });

    it('has a field for the key, and does not store the key', async () => {
      const { page, foreign, screenshot } = await openPage(browser, strict.url, {
        colorScheme: 'light',
      });
      await untilOpen(page);
      await run(page);
      await result(page).getByText('UNAUTHENTICATED').waitFor();
      await page.getByRole('button', { name: 'Headers' }).click();
      const editor = page.locator('.graphiql-editor-tool').getByText('The API key of');
      await editor.waitFor();
      await screenshot('graphiql-key');

      await editor.click();
      await page.keyboard.press('ControlOrMeta+A');
      // The editor adds the closing quote and brace.
      await page.keyboard.insertText(`{"Authorization":"Bearer ${sandbox.apiKey}`);
      await run(page);
      await result(page).getByText('"totalCount"').waitFor();
      expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(sandbox.apiKey);
      expect(foreign).toEqual([]);
    });
  },
);
