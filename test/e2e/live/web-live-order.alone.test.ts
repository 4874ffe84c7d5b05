import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasExamplePage } from '../../support/http/example-page.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { inOrder, storedTokens } from '../../support/upstream/stored-tokens.ts';
import { patch, untilLive, untilState, useLivePage } from './live-page.ts';

const views = [
  { states: [], order: 'Created', field: 'createdAt', direction: 'DESC' },
  { states: [], order: 'Changed', field: 'updatedAt', direction: 'DESC' },
  { states: ['Pending'], order: 'Expires', field: 'expireAt', direction: 'ASC' },
  { states: ['Enrolled', 'Revoked'], order: 'Changed', field: 'updatedAt', direction: 'ASC' },
] as const;
const stateOf: Readonly<Record<string, string>> = {
  Pending: 'PENDING',
  Enrolled: 'DONE',
  Revoked: 'DELETED',
};

/** Numbers that look random, and are the same in each run. */
const createRandom = (seed: number) => () => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
};

const seed = 1;

describe.skipIf(isSkipped(hasExamplePage))('the live lists of the example page', () => {
  const site = useLivePage();

  const show = async (page: Page, { states, order, direction }: (typeof views)[number]) => {
    for (const state of states) await page.getByLabel(state).check({ force: true });
    await page.getByLabel('Order by').selectOption(order);
    if (direction === 'ASC') await page.getByLabel('Direction').selectOption('Ascending');
    await page.locator('[aria-busy=false]').waitFor();
  };

  const expected = ({ states, field, direction }: (typeof views)[number]): string[] => {
    const kept = states.map((state) => stateOf[state]);
    return inOrder(storedTokens(site.live.sandbox, true), field, direction).flatMap(
      ({ document: { displayName, state } }) =>
        (kept.length > 0 ? kept.includes(String(state)) : state !== 'DELETED')
          ? String(displayName || 'Unnamed')
          : [],
    );
  };

  it('have after many changes the content that they have when loaded anew', async () => {
    const random = createRandom(seed * 7_919);
    const first = await site.open();
    const pages = [first.page];
    while (pages.length < views.length) pages.push((await first.openBeside()).page);
    for (const [index, view] of views.entries()) {
      const page = pages[index] ?? expect.unreachable();
      await untilLive(page);
      await show(page, view);
    }
    const tokens = site.live.sandbox.platform('windows').tokens;
    for (let step = 0; step < 60; step += 1) {
      const all = tokens.all().filter(({ state }) => state !== 'DELETED');
      const token = all[Math.floor(random() * all.length)];
      const kind = random();
      if (kind < 0.4 || !token) site.live.create(`Token ${seed} ${step}`);
      else if (kind < 0.6) site.live.change(token, 'DONE');
      else if (kind < 0.8) site.live.change(token, 'DELETED');
      else patch(site.live, token, { displayName: `Renamed ${seed} ${step}` });
      // Somebody scrolls meanwhile. Some changes come after others have been shown.
      if (random() < 0.2) await pages[step % pages.length]?.mouse.wheel(0, 900);
      if (step % 20 === 0) {
        site.live.create(`Seen ${seed} ${step}`);
        await untilState(first.page, `Seen ${seed} ${step}`, 'Pending');
      }
    }
    for (const [index, view] of views.entries()) {
      const page = pages[index] ?? expect.unreachable();
      const names = expected(view);
      await expect
        .poll(
          async () => {
            await page.mouse.wheel(0, 3_000);
            return page.locator('.token strong').allTextContents();
          },
          { timeout: 20_000 },
        )
        .toEqual(names);
      const count = names.length.toLocaleString('en');
      await expect
        .poll(() => page.locator('.count').textContent(), { timeout: 20_000 })
        // The gateway counts nothing if it scans.
        .toBe(view.states.length > 0 ? `${count} tokens` : `${count} of ${count} tokens`);
    }
  }, 120_000);
});
