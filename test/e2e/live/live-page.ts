import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Document } from '../../../src/sandbox/json.ts';
import type { OpenPage, PageOptions } from '../../support/http/browser.ts';
import { useExampleSite } from '../../support/http/example-page.ts';
import type { PageServer } from '../../support/http/page-server.ts';
import { type LiveGateway, startLiveGateway } from './live-gateway.ts';

export const timeout = 10_000;

/** The example page over a gateway that stops and comes back, for the tests of a file. */
export const useLivePage = (environment: Readonly<Record<string, string>> = {}) => {
  const web = useExampleSite(0, 1);
  let live: LiveGateway | undefined;
  let server: PageServer | undefined;
  beforeAll(async () => {
    live = await startLiveGateway(environment);
    server = await web.example.serve(live.url);
  }, 120_000);
  afterAll(async () => {
    await server?.close();
    await live?.close();
  });
  const started = () => live ?? expect.unreachable('the gateway was not started');
  const openUnready = async (
    url = server?.url ?? expect.unreachable('the page was not served'),
    { session = { 'gateway-api-key': started().sandbox.apiKey }, ...options }: PageOptions = {},
  ): Promise<OpenPage> => web.example.open(url, { session, ...options });
  return {
    web,
    get live() {
      return started();
    },
    /** Opens the page. Its gateway need not run. */
    openUnready,
    /** Opens the page. Resolves when its list is shown and follows the changes. */
    open: async (options?: PageOptions, url?: string): Promise<OpenPage> => {
      const tab = await openUnready(url, options);
      await untilLive(tab.page);
      return tab;
    },
  };
};

export const untilLive = async (page: Page): Promise<void> => {
  await page.locator('.live-status.live').waitFor();
  await page.locator('.token').first().waitFor();
};

/** Lets the page try again at once, as it does when the browser is online again. */
export const hurry = (page: Page): Promise<unknown> =>
  page.evaluate("dispatchEvent(new Event('online'))");

export const rowOf = (page: Page, name: string) =>
  page.locator('.token', { has: page.getByText(name, { exact: true }) });

/** Waits for the state that the row of a token shows; null: it has no row. */
export const untilState = (page: Page, name: string, state: string | null) =>
  expect
    .poll(() => rowOf(page, name).locator('.state').allTextContents(), { timeout: 20_000 })
    .toEqual(state === null ? [] : [state]);

/** Creates a token with the form of the page, and closes its QR code. */
export const createTokenBy = async (
  page: Page,
  { email, name }: { readonly email: string; readonly name: string },
): Promise<void> => {
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('For whom').fill(email);
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByAltText('QR code of the enrollment link').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
};

/** Records what screen readers are told from now on. */
export const watchAnnouncements = async (page: Page): Promise<() => Promise<readonly string[]>> => {
  await page.evaluate(`{
    const region = document.querySelector('.announcer');
    globalThis.announced = [];
    new MutationObserver(() => region.textContent && announced.push(region.textContent))
      .observe(region, { childList: true, characterData: true, subtree: true });
  }`);
  return () => page.evaluate('announced');
};

/** Changes fields of a token in the sandbox, as another client of the API does. */
export const patch = ({ sandbox }: LiveGateway, { id }: Document, fields: object): void => {
  const updatedAt = new Date().toISOString();
  sandbox.platform('windows').tokens.patch(id, { ...fields, updatedAt });
};
