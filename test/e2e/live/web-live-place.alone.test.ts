import { beforeEach, describe, expect, it } from 'vitest';
import { hasExamplePage } from '../../support/http/example-page.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { timeout, untilState, useLivePage } from './live-page.ts';

describe.skipIf(isSkipped(hasExamplePage))('the example page, while rows come and go,', () => {
  const site = useLivePage();
  beforeEach(() => site.live.untilFollowed(0));

  it('keeps the focus if its row changes and goes', async () => {
    const { page } = await site.open();
    site.live.create('Below');
    await untilState(page, 'Below', 'Pending');
    const token = site.live.create('Focused');
    await untilState(page, 'Focused', 'Pending');
    const focused = () => page.evaluate('document.activeElement.textContent');
    const button = page.getByRole('button', { name: 'QR code of Focused' });
    await button.focus();
    site.live.change(token, 'DONE');
    await untilState(page, 'Focused', 'Enrolled');
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('QR code of Focused');
    expect(await button.getAttribute('aria-disabled')).toBe('true');
    await page.keyboard.press('Enter');
    expect(await page.getByRole('dialog').count()).toBe(0);
    site.live.change(token, 'DELETED');
    await untilState(page, 'Focused', null);
    expect(await focused()).toContain('Below');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('QR code of Below');
  });

  it.each([
    { state: 'DONE', place: 'token' },
    { state: 'DELETED', place: '' },
  ] as const)('keeps the focus if the row of an open QR code turns to $state', async ({
    state,
    place,
  }) => {
    const name = `Shown until ${state}`;
    const token = site.live.create(name);
    const { page } = await site.open();
    await page.getByRole('button', { name: `QR code of ${name}` }).click();
    await page.getByAltText('QR code of the enrollment link').waitFor();
    site.live.change(token, state);
    await untilState(page, name, state === 'DONE' ? 'Enrolled' : null);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const element = await page.evaluate(
      '[document.activeElement.localName, document.activeElement.className.split(" ")[0]]',
    );
    expect(element).toEqual([place === '' ? 'main' : 'li', place]);
  });

  it.each([
    { browser: 'that keeps the place', prepare: '' },
    {
      browser: 'as Safari',
      prepare: `CSS.supports = () => false;
        document.documentElement.style.overflowAnchor = 'none';`,
    },
  ])('does not move what somebody reads further down, in a browser $browser', async ({
    browser,
    prepare,
  }) => {
    const { page } = await site.open();
    await page.evaluate(prepare);
    await page.mouse.wheel(0, 700);
    await expect.poll(() => page.evaluate('scrollY'), { timeout }).toBeGreaterThan(300);
    const placeOf = () =>
      page.locator('.token').evaluateAll((rows) => {
        const row = rows.find((one) => one.getBoundingClientRect().top > 100);
        return [
          row?.querySelector('strong')?.textContent,
          Math.round(row?.getBoundingClientRect().top ?? 0),
        ];
      });
    const before = await placeOf();
    const names = [1, 2, 3].map((count) => `Above ${count} in a browser ${browser}`);
    const created = names.map((name) => site.live.create(name));
    for (const name of names) await untilState(page, name, 'Pending');
    await expect.poll(placeOf, { timeout }).toEqual(before);
    for (const token of created) site.live.change(token, 'DELETED');
    for (const name of names) await untilState(page, name, null);
    await expect.poll(placeOf, { timeout }).toEqual(before);
  });
});
