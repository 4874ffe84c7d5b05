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

/** After each check of an operation, GraphiQL gives the JSON editor the types of the variables. */
const watchChecks = '__MONACO.languages.json.jsonDefaults.onDidChange(() => { checks += 1; });';

/** The faults that the editors mark in the operation, and those in the variables and the headers. */
const findFaults = `(async () => {
  const { editor, languages } = __MONACO;
  const faults = editor.getModelMarkers({ owner: 'graphql' });
  const worker = await languages.json.getWorker();
  for (const model of editor.getModels()) {
    if (!/(?:variables|request-headers)\\.json$/.test(model.uri.path)) continue;
    faults.push(...(await (await worker(model.uri)).doValidation(model.uri.toString())));
  }
  return faults.map(({ message }) => message);
})()`;

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

    it('lists what ran in the history, and runs it again', async () => {
      const { page, screenshot } = graphiql;
      await page.getByRole('button', { name: /show history/i }).click();
      const entry = page.locator('.graphiql-history').getByText('BulkCreateTokens').first();
      await entry.waitFor();
      await screenshot('graphiql-history');
      await entry.click();
      await page.locator('.graphiql-query-editor').getByText('BulkCreateTokens').first().waitFor();
      await page.getByRole('button', { name: /hide history/i }).click();
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
      await page.getByRole('button', { name: /show history/i }).click();
      await page.locator('.graphiql-history').getByText('NewestTokens').first().waitFor();
      const stored = await page.evaluate<string>('JSON.stringify(localStorage)');
      expect(stored).toContain('graphiql:queries');
      expect(stored).not.toContain(sandbox.apiKey);
      expect(foreign).toEqual([]);
      await page.context().close();
    });

    it('fits a phone: one part below the other, and nothing is wider than the screen', async () => {
      const { page, screenshot } = await openPage(browser, gateway.url, {
        colorScheme: 'light',
        viewport: { width: 390, height: 844 },
        isMobile: true,
        hasTouch: true,
      });
      const boxOf = async (selector: string) => {
        const box = await page.locator(selector).boundingBox();
        return box ?? expect.unreachable(`There is no ${selector}.`);
      };
      const isWithinScreen = async (selector: string) => {
        const { x, y, width, height } = await boxOf(selector);
        return x >= 0 && y >= 0 && x + width <= 390 && y + height <= 844;
      };
      await untilOpen(page);
      await page.getByRole('button', { name: /execute query/i }).tap();
      await result(page).getByText('"totalCount"').waitFor();
      await screenshot('graphiql-phone');
      const [editors, response] = [await boxOf('.graphiql-editors'), await boxOf('.result-window')];
      expect(response.y).toBeGreaterThanOrEqual(editors.y + editors.height);
      for (const { width, height } of [editors, response]) {
        expect(width).toBeGreaterThan(320);
        expect(height).toBeGreaterThan(250);
      }
      for (const part of ['.graphiql-sidebar', '.graphiql-toolbar', '.graphiql-execute-button']) {
        expect({ part, isWithin: await isWithinScreen(part) }).toEqual({ part, isWithin: true });
      }

      // The last tab is beyond the edge, and is scrolled to.
      await page.getByTitle('BulkCreateTokens', { exact: true }).tap();
      await page.locator('.graphiql-query-editor').getByText('BulkCreateTokens').first().waitFor();
      for (const panel of ['Documentation Explorer', 'History']) {
        await page.getByRole('button', { name: `Show ${panel}` }).tap();
        await page
          .locator('.graphiql-plugin')
          .getByText(panel === 'History' ? panel : 'Docs')
          .waitFor();
        expect(await isWithinScreen('.graphiql-plugin')).toBe(true);
        expect((await boxOf('.graphiql-plugin')).width).toBeGreaterThan(320);
        await screenshot(`graphiql-phone-${panel.slice(0, 4)}`);
      }
      expect(
        await page.evaluate(
          '[document.documentElement.scrollWidth, innerWidth, visualViewport.scale]',
        ),
      ).toEqual([390, 390, 1]);
      await page.context().close();
    });

    it.each([
      ['with the data of the sandbox', () => gateway],
      ['in front of an API that needs a key', () => strict],
    ])(
      'marks no fault in any tab, %s',
      async (_name, server) => {
        const { page } = await openPage(browser, server().url, { colorScheme: 'light' });
        await untilOpen(page);
        const tabs = await page.locator('.graphiql-tab > button[title]').all();
        expect(tabs).toHaveLength(8);
        // A fault in a tab of its own is marked: the schema has arrived.
        await page.getByRole('button', { name: 'New tab' }).click();
        await page.locator('.graphiql-query-editor .view-lines').click();
        await page.keyboard.insertText('{ planted }');
        await page.locator('.squiggly-error').first().waitFor();

        await page.evaluate(watchChecks);
        for (const tab of tabs) {
          await page.evaluate('globalThis.checks = 0');
          await tab.click();
          await page.waitForFunction('globalThis.checks > 0');
          const faults = await page.evaluate(findFaults);
          expect({ tab: await tab.textContent(), faults }).toMatchObject({ faults: [] });
        }
        await page.context().close();
      },
      60_000,
    );
  },
);
