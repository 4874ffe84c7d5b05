import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { chromiumPath, type OpenPage, openBrowser, openPage } from '../support/browser.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { inOrder, storedTokens } from '../support/stored-tokens.ts';

const isInstalled = existsSync(chromiumPath);

// Who works on the gateway need not have a browser; the whole check does.
describe.skipIf(!isInstalled && !process.env['CI'])(
  'GraphiQL, with no way to any other host',
  () => {
    let sandbox: Sandbox;
    let gateway: Gateway;
    let browser: Browser;
    let graphiql: OpenPage;

    beforeAll(async () => {
      sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 60 });
      const { baseUrl } = await sandbox.listen();
      gateway = await startGateway({
        baseUrl,
        organization: sandbox.organizationId,
        anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
      });
      browser = await openBrowser();
      graphiql = await openPage(browser, gateway.url, { colorScheme: 'light' });
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
      await gateway?.close();
      await sandbox?.close();
    });

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
      await page.getByRole('button', { name: /execute query/i }).click();
      const [newest] = inOrder(storedTokens(sandbox));
      const result = page.locator('.result-window');
      await result.getByText('"totalCount"').waitFor();
      await result.getByText(String(newest?.document['displayName'])).first().waitFor();
      await screenshot('graphiql-result');
    });

    it('shows the documentation of EnrollmentToken', async () => {
      const { page, screenshot } = graphiql;
      await page.getByRole('button', { name: /show documentation explorer/i }).click();
      const explorer = page.locator('.graphiql-doc-explorer');
      await explorer.getByText('Query', { exact: true }).first().click();
      await explorer.getByText('EnrollmentToken', { exact: true }).first().click();
      await explorer.getByText('What a device needs to join').waitFor();
      await explorer.getByText('enrollmentLink').waitFor();
      await screenshot('graphiql-docs');
    });

    it('asked no other host for anything, and complained of nothing', () => {
      expect(graphiql.foreign).toEqual([]);
      expect(graphiql.complaints).toEqual([]);
    });
  },
);
