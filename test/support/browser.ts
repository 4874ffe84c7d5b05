import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** Where tests leave what they saw, for people to look at. */
const screenshots = fileURLToPath(new URL('../../.cache/screenshots/', import.meta.url));

/** The browser that tests drive: Debian's, unless another is named. */
export const chromiumPath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath,
    // Containers run as root, where the browser's own sandbox cannot.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });

export interface OpenPage {
  readonly page: Page;
  /** Requests for other hosts so far; each was refused. */
  readonly foreign: readonly string[];
  /** What the page wrote to the console as an error, and what it threw, so far. */
  readonly complaints: readonly string[];
  /** Keeps what is to be seen, as a PNG file with this name; returns it. */
  readonly screenshot: (name: string) => Promise<Buffer>;
}

/** Opens a page of one origin, with no way to any other. */
export const openPage = async (
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> => {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const { origin } = new URL(url);
  const foreign: string[] = [];
  const complaints: string[] = [];
  await context.route(
    (target) => target.origin !== origin && target.protocol !== 'data:',
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
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
  };
};
