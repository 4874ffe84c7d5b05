import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import type { Page } from 'playwright-core';
import type { World } from '../gateway/gateway.ts';
import { openBrowser } from './browser.ts';
import { servePage } from './page-server.ts';

/** The folder of the packages of other clients. */
export const clientsFolder = fileURLToPath(new URL('../../e2e/clients/', import.meta.url));

/** Loads a package of other clients. All of them share the `graphql` of that folder. */
export const loadClientPackage = (name: string): any => createRequire(clientsFolder)(name);

export const hasClients = existsSync(`${clientsFolder}node_modules`);

/** A page with other clients, in a browser. */
export interface ClientPages {
  readonly origin: string;
  /** Opens the page of a script, which can then run the script's functions. Default: those of `page.js`. */
  readonly open: (name?: string) => Promise<Page>;
  readonly close: () => Promise<void>;
}

/** Bundles scripts, by default `page.js`, serves a page for each from an origin of their own, and starts a browser. */
export const startClientPages = async (
  scripts: Readonly<Record<string, string>> = { page: `${clientsFolder}page.js` },
  options: BuildOptions = {},
): Promise<ClientPages> => {
  const folder = await mkdtemp(join(tmpdir(), 'clients-'));
  await build({
    entryPoints: { ...scripts },
    bundle: true,
    format: 'esm',
    // Relay's runtime reads it.
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    outdir: folder,
    logLevel: 'error',
    ...options,
  });
  for (const name of Object.keys(scripts)) {
    await writeFile(
      join(folder, `${name}.html`),
      `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${name}.js"></script>`,
    );
  }
  // The page calls the gateway itself, so the server forwards nothing.
  const server = await servePage(folder, 'http://127.0.0.1:1/');
  const browser = await openBrowser();
  return {
    origin: new URL(server.url).origin,
    open: async (name = 'page') => {
      const page = await browser.newPage();
      await page.goto(`${server.url}${name}.html`);
      await page.waitForFunction('globalThis.clients');
      return page;
    },
    close: async () => {
      await browser.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
};

/** Runs a function of the page against a gateway, with the sandbox's key. */
export const runClient = (
  page: Page,
  { url, sandbox }: Pick<World, 'url' | 'sandbox'>,
  name: string,
  ...parameters: readonly unknown[]
): Promise<any> => {
  const gateway = { url, authorization: `Bearer ${sandbox.apiKey}` };
  const words = [gateway, ...parameters].map((value) => JSON.stringify(value) ?? 'undefined');
  return page.evaluate(`clients.${name}(${words.join()})`);
};
