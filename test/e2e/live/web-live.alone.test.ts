import { EventEmitter, once } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import { violationsOf } from '../../support/http/accessibility.ts';
import type { OpenPage } from '../../support/http/browser.ts';
import { hasExamplePage, watchOperations } from '../../support/http/example-page.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import {
  createTokenBy,
  hurry,
  patch,
  rowOf,
  timeout,
  untilLive,
  untilState,
  useLivePage,
  watchAnnouncements,
} from './live-page.ts';

describe.skipIf(isSkipped(hasExamplePage))('the example page, live,', () => {
  const site = useLivePage();
  beforeEach(() => site.live.untilFollowed(0));

  describe.each([
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 390 },
  ] as const)('$colorScheme and $width pixels wide,', ({ colorScheme, width }) => {
    const check = async (tabs: readonly OpenPage[], view: string) => {
      for (const [index, { page, screenshot }] of tabs.entries()) {
        await screenshot(`web-live-${colorScheme}-${width}-${view}-tab${index + 1}`);
        expect({ view, index, violations: await violationsOf(page) }).toEqual({
          view,
          index,
          violations: [],
        });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
    };

    it('shows in two tabs what happens in one, and reads one stream', async () => {
      const name = `Board room ${colorScheme} ${width}`;
      const first = await site.open({ colorScheme, viewport: { width, height: 844 } });
      const second = await first.openBeside();
      await untilLive(second.page);
      await site.live.untilFollowed(1);
      await check([first, second], 'before');
      const announced = [
        await watchAnnouncements(first.page),
        await watchAnnouncements(second.page),
      ] as const;

      const [user] = site.live.sandbox.organization.users.all();
      await createTokenBy(first.page, { email: String(user?.['email']), name });
      await untilState(second.page, name, 'Pending');
      expect(await second.page.locator('.token.new strong').textContent()).toBe(name);
      await untilState(first.page, name, 'Pending');
      expect(await first.page.locator('.token.new').count()).toBe(0);
      await check([first, second], 'created');
      await expect.poll(announced[1], { timeout }).toEqual([`${name}: new.`]);

      const token = site.live.sandbox
        .platform('windows')
        .tokens.all()
        .find(({ displayName }) => displayName === name);
      if (!token) expect.unreachable('the token was not stored');
      site.live.change(token, 'DONE');
      await untilState(first.page, name, 'Enrolled');
      await untilState(second.page, name, 'Enrolled');
      await check([first, second], 'enrolled');
      await expect.poll(announced[1], { timeout }).toContain(`${name}: enrolled.`);

      site.live.change(token, 'DELETED');
      await untilState(first.page, name, 'Revoked');
      await untilState(second.page, name, 'Revoked');
      expect(await second.page.locator('.token.leaving strong').textContent()).toBe(name);
      await check([first, second], 'revoked');
      await untilState(first.page, name, null);
      await untilState(second.page, name, null);
      await expect.poll(announced[1], { timeout }).toContain(`${name}: revoked.`);
      // The tab's own token is announced when something happens to it, but not as new.
      const [, , ...others] = await announced[0]();
      expect((await announced[0]()).join()).not.toContain('new.');
      expect(others.length).toBeLessThanOrEqual(2);
      await site.live.untilFollowed(1);
      expect([...first.complaints, ...second.complaints]).toEqual([]);
    });

    it('says that the connection is lost', async () => {
      const tab = await site.open({ colorScheme, viewport: { width, height: 844 } });
      await site.live.stop('SIGTERM');
      await tab.page.getByText('Connection lost').waitFor();
      await check([tab], 'lost');
      await site.live.start();
      await hurry(tab.page);
      await untilLive(tab.page);
    });
  });

  it('a token enters and leaves as the filter says, and the total follows', async () => {
    const { page } = await site.open();
    await page.getByLabel('Enrolled').check({ force: true });
    await page.locator('[aria-busy=false]').waitFor();
    const count = async () => (await page.locator('.count').textContent()) ?? '';
    const total = async () => Number(/of (?:about )?(\d+)/.exec(await count())?.[1]);
    const before = await total();
    const token = site.live.create('In and out');
    await expect.poll(() => count(), { timeout }).not.toBe('');
    site.live.change(token, 'DONE');
    await untilState(page, 'In and out', 'Enrolled');
    expect(await total()).toBe(before + 1);
    site.live.change(token, 'DELETED');
    await untilState(page, 'In and out', 'Revoked');
    expect(await page.locator('.token.leaving').count()).toBe(1);
    await untilState(page, 'In and out', null);
    expect(await total()).toBe(before);

    await page.getByLabel('Enrolled').uncheck({ force: true });
    await page.getByLabel('Revoked').check({ force: true });
    await untilState(page, 'In and out', 'Revoked');
    const another = site.live.create('Revoked at once');
    site.live.change(another, 'DELETED');
    await untilState(page, 'Revoked at once', 'Revoked');
    expect(await page.locator('.token.leaving').count()).toBe(0);
  });

  it('puts a token where it belongs in another order, and not past the loaded pages', async () => {
    const { page } = await site.open();
    await page.getByLabel('Order by').selectOption('Name');
    await page.getByLabel('Direction').selectOption('Ascending');
    await page.locator('[aria-busy=false]').waitFor();
    const names = () => page.locator('.token strong').allTextContents();
    const shown = (await names()).length;
    expect(shown).toBe(25);
    const total = async () => (await page.locator('.count').textContent())?.split(' of ')[1];
    const before = Number.parseInt(String(await total()), 10);
    site.live.create('AAA at the top');
    site.live.create('zzz at the end');
    await untilState(page, 'AAA at the top', 'Pending');
    await expect.poll(total, { timeout }).toBe(`${before + 2} tokens`);
    expect((await names())[0]).toBe('AAA at the top');
    expect(await names()).not.toContain('zzz at the end');
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 3_000);
          return (await names()).length;
        },
        { timeout },
      )
      .toBe(before + 2);
    expect((await names()).at(-1)).toBe('zzz at the end');
    expect(new Set(await page.locator('.token').allTextContents()).size).toBe(before + 2);
  });

  it('a page that was on its way while a token changed does not bring the old version back', async () => {
    const token = site.live.create('Old name');
    for (let count = 0; count < 30; count += 1) site.live.create(`Above ${count}`);
    const { page } = await site.open();
    const asked = watchOperations(page, 'query Tokens');
    const gate = new EventEmitter();
    const [arrived, released] = [once(gate, 'arrived'), once(gate, 'released')];
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('query Tokens')) return route.continue();
      const response = await route.fetch();
      gate.emit('arrived');
      await released;
      await route.fulfill({ response });
    });
    await page.mouse.wheel(0, 10_000);
    await arrived;
    patch(site.live, token, { displayName: 'New name', state: 'DONE' });
    const top = site.live.create('Meanwhile');
    await untilState(page, 'Meanwhile', 'Pending');
    patch(site.live, top, { state: 'DONE' });
    await untilState(page, 'Meanwhile', 'Enrolled');
    gate.emit('released');
    await untilState(page, 'New name', 'Enrolled');
    await untilState(page, 'Meanwhile', 'Enrolled');
    expect(await rowOf(page, 'Old name').count()).toBe(0);
    expect(asked.length).toBeGreaterThan(0);
  });

  it('announces fifty changes at once, and not more often', async () => {
    const { page } = await site.open();
    const announced = await watchAnnouncements(page);
    for (let count = 0; count < 50; count += 1) site.live.create(`One of fifty ${count}`);
    await expect.poll(announced, { timeout: 20_000 }).toEqual(['50 tokens changed: 50 new.']);
    expect(await page.locator('[aria-live], [role=status], [role=alert], output').count()).toBe(1);
  });

  it.each([
    { reducedMotion: 'reduce', animation: 'none' },
    { reducedMotion: 'no-preference', animation: 'fade' },
  ] as const)('marks a change for a moment ($reducedMotion)', async ({
    reducedMotion,
    animation,
  }) => {
    const { page } = await site.open({ reducedMotion });
    site.live.create(`Marked ${reducedMotion}`);
    const mark = rowOf(page, `Marked ${reducedMotion}`).locator('.mark');
    const animationOf = () =>
      page.evaluate(
        "[...document.querySelectorAll('.mark')].map((mark) => getComputedStyle(mark).animationName)",
      );
    await expect.poll(animationOf, { timeout }).toEqual([animation]);
    await expect.poll(() => mark.count(), { timeout }).toBe(0);
  });
});
