import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';

/** The folder for screenshots. People can look at them after a run. */
const screenshots = fileURLToPath(new URL('../../../.cache/screenshots/', import.meta.url));

/** The path of the browser. The default is Debian's Chromium. */
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

/** Starts a browser that can reach only this machine. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    // Containers run as root, and the browser's own sandbox does not work for root.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });

/** A page in the browser, with what it requested and reported. */
export interface OpenPage {
  readonly page: Page;
  /** The URLs of requests to other hosts so far, of all tabs beside it, too. Each was refused. */
  readonly foreign: readonly string[];
  /** Console errors and uncaught exceptions of the page so far. */
  readonly complaints: readonly string[];
  /** Saves a screenshot as a PNG file with this name, and returns it. */
  readonly screenshot: (name: string) => Promise<Buffer>;
  /** Opens the same page in another tab of the same browser window. */
  readonly openBeside: () => Promise<OpenPage>;
}

/** What a page finds when it opens. */
export interface PageOptions extends BrowserContextOptions {
  /** The content of `sessionStorage` of each tab. */
  readonly session?: Readonly<Record<string, string>>;
}

const openTab = async (
  context: BrowserContext,
  url: string,
  foreign: readonly string[],
): Promise<OpenPage> => {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(url);
  return {
    page,
    foreign,
    complaints,
    screenshot: (name) => {
      mkdirSync(screenshots, { recursive: true });
      return page.screenshot({ path: `${screenshots}${name}.png` });
    },
    openBeside: () => openTab(context, url, foreign),
  };
};

/** Opens a page that can reach only its own origin. */
export const openPage = async (
  browser: Browser,
  url: string,
  { session = {}, ...options }: PageOptions = {},
): Promise<OpenPage> => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  const { origin } = new URL(url);
  const foreign: string[] = [];
  await context.route(
    (target) => target.origin !== origin && target.protocol !== 'data:',
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  // Not again after a reload, which keeps what the page has stored.
  await context.addInitScript((values) => {
    if (sessionStorage.length > 0) return;
    for (const [key, value] of Object.entries(values)) sessionStorage.setItem(key, value);
  }, session);
  return openTab(context, url, foreign);
};
