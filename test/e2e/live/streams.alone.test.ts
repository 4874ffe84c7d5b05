import { join } from 'node:path';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClientPages, runClient } from '../../support/http/client-page.ts';
import { createRecipes, hasRecipes, type Recipes } from '../../support/http/recipes.ts';
import type { Loose } from '../../support/loose.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { eventually } from '../../support/time/eventually.ts';
import { type LiveGateway, startLiveGateway } from './live-gateway.ts';

const timeout = 10_000;
const maxScanItems = 40;

describe.skipIf(isSkipped(hasRecipes))('following with', () => {
  let recipes: Recipes;
  let pages: ClientPages;
  let live: LiveGateway;

  beforeAll(async () => {
    recipes = await createRecipes();
    pages = await recipes.serve('plain');
    live = await startLiveGateway({
      CORS_ORIGINS: pages.origin,
      MAX_SCAN_ITEMS: String(maxScanItems),
    });
  }, 180_000);
  afterAll(async () => {
    await pages?.close();
    await live?.close();
    await recipes?.remove();
  });

  describe.each(['fetch', 'graphqlSse', 'graphqlWs'])('%s', (client) => {
    let page: Page;
    /** The number of subscriptions that the page asked for. */
    let sent: number;

    beforeEach(async () => {
      sent = 0;
      page = await pages.open('plain');
      page.on('request', (request) => {
        if (request.url() === live.url && request.method() === 'POST') sent += 1;
      });
      page.on('websocket', () => {
        sent += 1;
      });
    });
    afterEach(async () => {
      await page.close();
      await live.untilFollowed(0);
    });

    const follow = async (options: object = {}, apiKey = live.sandbox.apiKey): Promise<void> => {
      const { url, sandbox } = live;
      const gateway = { url, sandbox: { ...sandbox, apiKey } };
      await runClient(page, gateway, client, { delaySeconds: 0.2, ...options });
    };
    const seen = (): Promise<Loose> => page.evaluate('clients.seen()');
    /** What happened to the tokens with this name, in the order of the changes. */
    const kindsOf = async (displayName: string): Promise<string[]> => {
      const { changes } = await seen();
      const ofToken = changes.filter(({ token }: Loose) => token.displayName === displayName);
      return ofToken.map(({ kind, token }: Loose) => `${kind} ${token.state}`);
    };
    const untilKinds = (displayName: string, ...expected: readonly string[]) =>
      expect.poll(() => kindsOf(displayName), { timeout }).toEqual(expected);

    it('gets each change once while the gateway runs', async () => {
      await follow();
      await live.untilFollowed(1);
      const token = live.create(`${client} one`);
      await untilKinds(`${client} one`, 'CREATED PENDING');
      live.change(token, 'DONE');
      await untilKinds(`${client} one`, 'CREATED PENDING', 'UPDATED DONE');
      live.change(token, 'DELETED');
      await untilKinds(`${client} one`, 'CREATED PENDING', 'UPDATED DONE', 'REVOKED DELETED');
      expect({ sent, ...(await seen()) }).toMatchObject({ sent: 1, starts: 1, stopped: null });
      await page.evaluate('clients.stop()');
      await live.untilFollowed(0);
    });

    it.each([
      'SIGTERM',
      'SIGKILL',
    ] as const)('loses nothing over a restart after %s', async (signal) => {
      const names = ['used', 'revoked', 'new'].map((word) => `${client} ${signal} ${word}`);
      const [usedName = '', revokedName = '', newName = ''] = names;
      await follow();
      await live.untilFollowed(1);
      const [used, revoked] = [live.create(usedName), live.create(revokedName)];
      await untilKinds(usedName, 'CREATED PENDING');
      await untilKinds(revokedName, 'CREATED PENDING');
      await live.stop(signal);
      live.change(used, 'DONE');
      live.change(revoked, 'DELETED');
      live.create(newName);
      await live.start();
      await untilKinds(newName, 'CREATED PENDING');
      await untilKinds(usedName, 'CREATED PENDING', 'UPDATED DONE');
      await untilKinds(revokedName, 'CREATED PENDING', 'REVOKED DELETED');
      expect((await seen()).starts).toBe(1);
    });

    it('begins again without a cursor if too much has changed', async () => {
      await follow();
      await live.untilFollowed(1);
      live.create(`${client} before`);
      await untilKinds(`${client} before`, 'CREATED PENDING');
      await live.stop('SIGTERM');
      for (let count = 0; count <= maxScanItems; count += 1) live.create(`${client} too much`);
      await live.start();
      await expect.poll(async () => (await seen()).starts, { timeout }).toBe(2);
      await live.untilFollowed(1);
      live.create(`${client} after`);
      await untilKinds(`${client} after`, 'CREATED PENDING');
    });

    it('stops if the API refuses the key, and goes on with a new one from the last cursor', async () => {
      const name = `${client} with another key`;
      const key = live.sandbox.addKey();
      await follow({}, key);
      await live.untilFollowed(1);
      const token = live.create(name);
      await untilKinds(name, 'CREATED PENDING');
      live.sandbox.revokeKey(key);
      await expect.poll(async () => (await seen()).stopped, { timeout }).not.toBeNull();
      const { stopped, changes } = await seen();
      expect(stopped).toEqual({ code: 'UNAUTHENTICATED', cursor: changes.at(-1).cursor });
      expect(sent).toBe(1);
      live.change(token, 'DONE');
      await follow({ after: stopped.cursor });
      await untilKinds(name, 'UPDATED DONE');
    });

    it('stops if no key is sent', async () => {
      const { url, sandbox } = live;
      const keyless = { url, sandbox: { ...sandbox, apiKey: '' } };
      await runClient(page, keyless, client, { delaySeconds: 0.2 });
      await expect
        .poll(async () => (await seen()).stopped, { timeout })
        .toEqual({ code: 'UNAUTHENTICATED', cursor: null });
    });

    it('takes a silent connection for a lost one', async () => {
      // The gateway's first comment comes with the headers, the next one 12 seconds later.
      await follow({ silenceSeconds: 1 });
      await eventually(() => expect(sent).toBeGreaterThan(2));
      expect((await seen()).stopped).toBeNull();
      await page.evaluate('clients.stop()');
    });
  });

  it('fetch works in Node, too', async () => {
    const outfile = join(recipes.folder, 'plain.mjs');
    const entryPoints = [join(recipes.folder, 'plain.jsx')];
    await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm' });
    await import(/* @vite-ignore */ outfile);
    const { clients }: Loose = globalThis;
    const authorization = `Bearer ${live.sandbox.apiKey}`;
    clients.fetch({ url: live.url, authorization }, { delaySeconds: 0.2 });
    await live.untilFollowed(1);
    live.create('for Node');
    await eventually(() =>
      expect(clients.seen().changes).toMatchObject([
        { kind: 'CREATED', token: { displayName: 'for Node' } },
      ]),
    );
    clients.stop();
    await live.untilFollowed(0);
  });
});
