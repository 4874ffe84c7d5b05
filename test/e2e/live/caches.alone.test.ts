import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClientPages, runClient } from '../../support/http/client-page.ts';
import { createRecipes, hasRecipes, type Recipes } from '../../support/http/recipes.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { type LiveGateway, startLiveGateway } from './live-gateway.ts';
import { createThroughGateway } from './subscribers.ts';

const timeout = 10_000;

describe.skipIf(isSkipped(hasRecipes))('a list that follows changes, with', () => {
  let recipes: Recipes;
  let pages: ClientPages;
  let live: LiveGateway;

  beforeAll(async () => {
    recipes = await createRecipes();
    pages = await recipes.serve('apollo', 'urql', 'relay');
    live = await startLiveGateway({ CORS_ORIGINS: pages.origin });
  }, 180_000);
  afterAll(async () => {
    await pages?.close();
    await live?.close();
    await recipes?.remove();
  });

  const revokeThroughGateway = (id: string) =>
    live.ask(
      'mutation ($id: ID!) { revokeEnrollmentToken(input: { id: $id }) { userErrors { code } } }',
      { variables: { id } },
    );

  describe.each(['apollo', 'urql', 'relay'])('%s,', (client) => {
    let page: Page;

    beforeAll(async () => {
      page = await pages.open(client);
    });
    afterAll(() => page?.close());

    const call = (name: string, ...parameters: readonly unknown[]) =>
      runClient(page, live, name, ...parameters);
    /** Name and state of each row that a test has made, from the top. */
    const rows = async (): Promise<string[]> =>
      (await page.locator('li').allTextContents())
        .map((text) => text.split(', ').slice(0, 2).join(' '))
        .filter((text) => text.startsWith(client));
    const untilRows = (...expected: readonly string[]) =>
      expect.poll(rows, { timeout }).toEqual(expected.map((text) => `${client} ${text}`));

    it('shows what happens at once, and after each restart what happened meanwhile', async () => {
      await call('start', {});
      await call('show', null);
      await expect.poll(() => page.locator('li').count(), { timeout }).toBe(20);
      await call('follow', 0.2);
      await live.untilFollowed(1);
      const first = live.create(`${client} first`);
      await untilRows('first PENDING');
      const id = await createThroughGateway(live, `${client} second`);
      await untilRows('second PENDING', 'first PENDING');
      live.change(first, 'DONE');
      await untilRows('second PENDING', 'first DONE');
      await revokeThroughGateway(id);
      await untilRows('first DONE');

      const below = ['first DONE'];
      for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
        const revoked = live.create(`${client} revoked before ${signal}`);
        await untilRows(`revoked before ${signal} PENDING`, ...below);
        const used = live.create(`${client} used at ${signal}`);
        below.unshift(`used at ${signal} PENDING`);
        await untilRows(
          `used at ${signal} PENDING`,
          `revoked before ${signal} PENDING`,
          ...below.slice(1),
        );
        await live.stop(signal);
        live.change(revoked, 'DELETED');
        live.change(used, 'DONE');
        live.create(`${client} created after ${signal}`);
        await live.start();
        below.splice(0, 1, `created after ${signal} PENDING`, `used at ${signal} DONE`);
        await untilRows(...below);
      }
      await call('stop');
      await live.untilFollowed(0);
    }, 120_000);
  });
});
