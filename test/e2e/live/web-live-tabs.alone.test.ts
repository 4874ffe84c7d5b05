import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { hasExamplePage, watchOperations } from '../../support/http/example-page.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { hurry, timeout, untilLive, untilState, useLivePage } from './live-page.ts';

/** Longer than a tab that nobody looks at follows. */
const longHiddenMs = 601_000;

describe.skipIf(isSkipped(hasExamplePage))('tabs of the example page', () => {
  const site = useLivePage();
  beforeEach(() => site.live.untilFollowed(0));

  const openTwo = async () => {
    const first = await site.open();
    const second = await first.openBeside();
    await untilLive(second.page);
    await site.live.untilFollowed(1);
    return [first.page, second.page, first] as const;
  };
  /** Pretends that the tab is hidden, or visible again. */
  const setHidden = (page: Page, isHidden: boolean) =>
    page.evaluate(`{
      Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }`);
  const untilBothHave = async (pages: readonly Page[], name: string) => {
    site.live.create(name);
    for (const page of pages) await untilState(page, name, 'Pending');
  };

  it('another tab takes over if the one that follows is closed, and nothing is lost', async () => {
    const [first, second, { openBeside }] = await openTwo();
    const subscribed = watchOperations(second, 'subscription');
    const listed = watchOperations(second, 'query Tokens');
    await untilBothHave([first, second], 'for both');
    await first.close();
    site.live.create('while nobody follows');
    await untilState(second, 'while nobody follows', 'Pending');
    await site.live.untilFollowed(1);
    expect(subscribed).toEqual([{ after: expect.any(String) }]);
    expect(listed).toEqual([]);
    const { page: third } = await openBeside();
    await untilLive(third);
    await untilBothHave([second, third], 'for the next two');
    await site.live.untilFollowed(1);
  });

  it('with another key share nothing, and no name has a key in it', async () => {
    const [first, second] = await openTwo();
    const key = site.live.sandbox.addKey();
    await second.getByLabel('API key').fill(key);
    await second.getByRole('button', { name: 'Use' }).click();
    await site.live.untilFollowed(2);
    await untilLive(second);
    await untilBothHave([first, second], 'for each key');
    const locks: string[] = await first.evaluate(
      'navigator.locks.query().then(({ held }) => held.map(({ name }) => name))',
    );
    expect(new Set(locks).size).toBe(2);
    for (const secret of [key, site.live.sandbox.apiKey])
      expect(locks.join()).not.toContain(secret);
    site.live.sandbox.revokeKey(key);
    await second.getByText('The key above is not accepted.').waitFor();
    await untilLive(first);
  });

  it('a tab takes over if the one that follows says nothing any more', async () => {
    const [first, second] = await openTwo();
    await untilBothHave([first, second], 'before the silence');
    await first.evaluate('BroadcastChannel.prototype.postMessage = () => {}');
    const subscribed = watchOperations(second, 'subscription');
    await second.clock.install();
    await second.clock.fastForward(31_000);
    await expect.poll(() => subscribed.length, { timeout }).toBe(1);
    await site.live.untilFollowed(1);
    await untilBothHave([first, second], 'after the silence');
  });

  it('a tab that nobody looks at for long leaves, and resumes with its cursor', async () => {
    const { page } = await site.open();
    await untilBothHave([page], 'seen');
    await page.clock.install();
    await setHidden(page, true);
    await page.clock.fastForward(longHiddenMs);
    await site.live.untilFollowed(0);
    site.live.create('while nobody looks');
    const listed = watchOperations(page, 'query Tokens');
    await setHidden(page, false);
    await untilState(page, 'while nobody looks', 'Pending');
    expect(listed).toEqual([]);
  });

  it('a tab that comes back when another one follows loads its list again', async () => {
    const [first, second] = await openTwo();
    await untilBothHave([first, second], 'seen by both');
    await second.clock.install();
    await setHidden(second, true);
    await second.clock.fastForward(longHiddenMs);
    site.live.create('seen by one');
    await untilState(first, 'seen by one', 'Pending');
    await untilState(second, 'seen by one', null);
    await setHidden(second, false);
    await untilState(second, 'seen by one', 'Pending');
    await untilBothHave([first, second], 'seen by both again');
    await site.live.untilFollowed(1);
  });

  it('a hidden tab that has missed something loads its list when it is shown', async () => {
    const { page } = await site.open();
    const listed = watchOperations(page, 'query Tokens');
    await setHidden(page, true);
    // There is no cursor yet to resume with.
    await site.live.stop('SIGTERM');
    await page.getByText('Connection lost').waitFor();
    site.live.create('missed');
    await site.live.start();
    await hurry(page);
    await untilLive(page);
    expect(listed).toEqual([]);
    await setHidden(page, false);
    await untilState(page, 'missed', 'Pending');
    expect(listed).toHaveLength(1);
  });
});
