import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../gateway/gateway.ts';
import { type OpenPage, openBrowser, openPage, type PageOptions } from './browser.ts';
import { type PageServer, servePage } from './page-server.ts';

/** The folder of the example page. */
export const exampleFolder = fileURLToPath(new URL('../../../examples/web/', import.meta.url));

/** Whether the packages of the example page are installed. */
export const hasExamplePage = existsSync(`${exampleFolder}node_modules`);

/** An API, a gateway in front of it, and a server of the example page that forwards to the gateway. */
interface ExampleSite {
  readonly url: string;
  readonly sandbox: Sandbox;
  /** Where the sandbox can be reached, for further gateways in front of it. */
  readonly upstream: { readonly baseUrl: string; readonly organization: string };
  readonly gateway: Gateway;
  readonly close: () => Promise<void>;
}

/** The example page, built, with a browser to open it. */
interface ExamplePage {
  /** Starts another site with this many tokens and users. */
  readonly startSite: (tokens: number, users: number) => Promise<ExampleSite>;
  /** Serves the page, and forwards its operations to another gateway. */
  readonly serve: (gatewayUrl: string) => Promise<PageServer>;
  readonly open: (url: string, options?: PageOptions) => Promise<OpenPage>;
  /** Closes all tabs; returns the URLs of other hosts that they requested. */
  readonly closeTabs: () => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}

const startSite = async (folder: string, tokens: number, users: number): Promise<ExampleSite> => {
  const sandbox = createSandbox({ platforms: await loadSandboxes(), tokens, users });
  const upstream = { ...(await sandbox.listen()), organization: sandbox.organizationId };
  const gateway = await startGateway({
    ...upstream,
    anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
  });
  const server = await servePage(folder, gateway.url);
  return {
    url: server.url,
    sandbox,
    upstream,
    gateway,
    close: async () => {
      await server.close();
      await gateway.close();
      await sandbox.close();
    },
  };
};

/** Builds the example page and starts a browser. */
const startExamplePage = async (): Promise<ExamplePage> => {
  // Test files run at the same time, so each builds into its own folder.
  const folder = await mkdtemp(join(tmpdir(), 'example-page-'));
  const vite = ['exec', '--', 'vite', 'build', '--outDir', folder, '--emptyOutDir'];
  // The test runner's NODE_ENV would make a development build of React.
  await promisify(execFile)('npm', vite, {
    cwd: exampleFolder,
    env: { ...env, NODE_ENV: 'production' },
  });
  const browser: Browser = await openBrowser();
  const tabs: OpenPage[] = [];
  return {
    startSite: (tokens, users) => startSite(folder, tokens, users),
    serve: (gatewayUrl) => servePage(folder, gatewayUrl),
    open: async (url, options) => {
      const tab = await openPage(browser, url, options);
      tabs.push(tab);
      return tab;
    },
    closeTabs: async () => {
      const closed = tabs.splice(0);
      for (const { page } of closed) await page.context().close();
      return closed.flatMap(({ foreign }) => foreign);
    },
    close: async () => {
      await browser.close();
      await rm(folder, { recursive: true });
    },
  };
};

/** The example page in a browser, and a site, for the tests of a file. After each test no fault and no tab is left. */
export const useExampleSite = (tokens: number, users: number) => {
  let example: ExamplePage | undefined;
  let site: ExampleSite | undefined;
  beforeAll(async () => {
    example = await startExamplePage();
    site = await example.startSite(tokens, users);
  });
  afterAll(async () => {
    await site?.close();
    await example?.close();
  });
  afterEach(async () => {
    site?.sandbox.faults.clear();
    expect(await example?.closeTabs()).toEqual([]);
  });
  return {
    get example() {
      return example ?? expect.unreachable('the example page was not started');
    },
    get site() {
      return site ?? expect.unreachable('the site was not started');
    },
  };
};

/** The inputs of the page's form that make a token. `user` is an index. */
interface FormInput {
  readonly user: number;
  readonly displayName: string | null;
  readonly days: number;
}

/** Adds a token that equals the form's at each POST, as if another person sent it too. Returns a function that stops this. */
export const createTwins = (sandbox: Sandbox, { user, displayName, days }: FormInput) =>
  sandbox.onRequest(({ method }) => {
    if (method !== 'POST') return;
    const { id, ...fields } = sandbox.organization.users.all()[user] ?? expect.unreachable();
    const now = Date.now();
    sandbox.addToken('windows', {
      mdmUser: { id, email: fields['email'] },
      displayName,
      sendEmail: false,
      winPolicyAssignments: [],
      createdAt: new Date(now).toISOString(),
      expireAt: new Date(now + days * 86_400_000).toISOString(),
    });
  });

/** Records the variables of each following operation whose text contains this. */
export const watchOperations = (page: Page, text: string): readonly Record<string, any>[] => {
  const seen: Record<string, any>[] = [];
  page.on('request', (request) => {
    const body = request.postDataJSON();
    if (body?.query?.includes(text)) seen.push(body.variables);
  });
  return seen;
};

/** Expects something of the page that comes true in time, also on a busy machine. */
export const eventually = <Value>(read: () => Value) =>
  expect.poll(read, { timeout: 40_000, interval: 50 });
