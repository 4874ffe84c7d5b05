import { existsSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import { pickExamples } from '../../../src/sandbox/examples.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../gateway/gateway.ts';
import { chromiumPath, openBrowser, openPage } from './browser.ts';

/** Whether there is a browser for GraphiQL. */
export const hasBrowser = existsSync(chromiumPath);

/** The first tab is open, and its editor has loaded. */
export const untilOpen = (page: Page) =>
  page.locator('.graphiql-query-editor').getByText('NewestTokens').waitFor();

/** A sandbox with two gateways in front of it, and a browser, for the tests of a file. */
interface GraphiqlSite {
  readonly sandbox: Sandbox;
  /** Uses the sandbox's key for callers without one. */
  readonly gateway: Gateway;
  /** Needs a key. */
  readonly strict: Gateway;
  readonly browser: Browser;
}

export const useGraphiqlSite = () => {
  let started: GraphiqlSite | undefined;
  const site = () => started ?? expect.unreachable('the site was not started');
  beforeAll(async () => {
    const sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 200 });
    const upstream = { ...(await sandbox.listen()), organization: sandbox.organizationId };
    const gateway = await startGateway({
      ...upstream,
      anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
      examples: pickExamples(sandbox),
    });
    const strict = await startGateway(upstream);
    started = { sandbox, gateway, strict, browser: await openBrowser() };
  }, 60_000);
  afterAll(async () => {
    await started?.browser.close();
    await started?.strict.close();
    await started?.gateway.close();
    await started?.sandbox.close();
  });
  return {
    get sandbox() {
      return site().sandbox;
    },
    get gateway() {
      return site().gateway;
    },
    get strict() {
      return site().strict;
    },
    open: (url: string, options?: BrowserContextOptions) =>
      openPage(site().browser, url, { colorScheme: 'light', ...options }),
  };
};
