import type { Locator } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { violationsOf } from '../support/http/accessibility.ts';
import {
  createTwins,
  eventually,
  hasExamplePage,
  useExampleSite,
} from '../support/http/example-page.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { storedTokens } from '../support/upstream/stored-tokens.ts';

describe.skipIf(isSkipped(hasExamplePage))('the example page is accessible:', () => {
  const web = useExampleSite(60, 10);

  const emailOf = (index: number) =>
    String(web.site.sandbox.organization.users.all()[index]?.['email']);

  it('a token is found, filtered, created and shown with the keyboard alone', async () => {
    const { page } = await web.example.open(web.site.url);
    const rows = page.locator('.token');
    await rows.first().waitFor();
    const press = (key: string) => page.keyboard.press(key);
    const isFocused = (control: Locator) =>
      control.evaluate((element) => element.matches(':focus-visible'));
    /** Presses Tab until the focus is on the control. It must be reached, and the focus must be visible. */
    const tabTo = async (control: Locator) => {
      for (let presses = 0; presses < 40; presses += 1) {
        await press('Tab');
        if (await isFocused(control)) return;
      }
      throw new Error(`Tab does not reach ${control.toString()}`);
    };
    const button = (name: string | RegExp) => page.getByRole('button', { name }).first();
    const dialog = page.getByRole('dialog');

    await tabTo(page.getByLabel('API key'));
    await tabTo(page.getByRole('radio', { name: 'All' }));
    await press('ArrowRight');
    await eventually(
      async () => new Set(await rows.locator('.platform').allTextContents()),
    ).toEqual(new Set(['Apple']));
    await tabTo(page.getByRole('checkbox', { name: 'Enrolled' }));
    await press('Space');
    await eventually(async () => new Set(await rows.locator('.state').allTextContents())).toEqual(
      new Set(['Enrolled']),
    );
    await press('Space');
    await tabTo(page.getByLabel('Order by'));
    await page.keyboard.type('Name');
    expect(await page.getByLabel('Order by').inputValue()).toBe('DISPLAY_NAME');

    await tabTo(button('New token'));
    await press('Enter');
    await dialog.waitFor();
    await tabTo(dialog.getByLabel('Windows'));
    await press('ArrowLeft');
    expect(await dialog.getByLabel('Apple').isChecked()).toBe(true);
    await tabTo(dialog.getByLabel('For whom'));
    await page.keyboard.type(emailOf(1));
    await tabTo(dialog.getByLabel('Name', { exact: true }));
    await page.keyboard.type('Board room');
    await tabTo(dialog.getByLabel('E-mail the invitation'));
    await press('Space');
    await tabTo(dialog.getByRole('button', { name: 'Create' }));
    await press('Enter');
    await page.getByAltText('QR code of the enrollment link').waitFor();
    await tabTo(dialog.getByRole('button', { name: 'Copy the link' }));
    await tabTo(dialog.getByRole('button', { name: 'Close' }));
    await press('Enter');
    await dialog.waitFor({ state: 'detached' });
    expect(await isFocused(button('New token'))).toBe(true);
    expect(
      storedTokens(web.site.sandbox).filter(
        ({ document }) => document['displayName'] === 'Board room',
      ),
    ).toHaveLength(1);

    const code = button(/^QR code of/);
    await tabTo(code);
    await press('Enter');
    await page.getByAltText('QR code of the enrollment link').waitFor();
    await press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await isFocused(code)).toBe(true);
  });

  it('axe finds a fault that is planted', async () => {
    const { page } = await web.example.open(web.site.url);
    await page.locator('.token').first().waitFor();
    await page.evaluate("document.querySelector('main').append(new Image())");
    expect(await violationsOf(page)).toMatchObject([
      ['image-alt', [['<img>', expect.any(String)]]],
    ]);
  });

  describe.each([
    // Each scheme and each width once: all four take more than a minute longer.
    { colorScheme: 'light', width: 1280 },
    { colorScheme: 'dark', width: 390 },
  ] as const)('axe has no complaints, $colorScheme and $width pixels wide,', (screen) => {
    const options = {
      colorScheme: screen.colorScheme,
      viewport: { width: screen.width, height: 844 },
    };
    const open = async (url = web.site.url) => {
      const { page, screenshot } = await web.example.open(url, options);
      return {
        page,
        dialog: page.getByRole('dialog'),
        click: (name: string | RegExp) => page.getByRole('button', { name }).first().click(),
        check: async (view: string) => {
          await screenshot(`web-${screen.colorScheme}-${screen.width}-${view}`);
          expect({ view, violations: await violationsOf(page) }).toEqual({ view, violations: [] });
          expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(screen.width);
        },
      };
    };

    it('about the list, its filters and its messages', async () => {
      const { page, check, click } = await open();
      await page.locator('.token').first().waitFor();
      await check('list');
      await page.getByLabel('Windows').check({ force: true });
      await page.getByLabel('Expired').check({ force: true });
      await page.getByLabel('Order by').selectOption('Name');
      await page.locator('[aria-busy=false]').waitFor();
      await check('filtered');
      web.site.sandbox.faults.add({ kind: 'forbidden', match: { platform: 'windows' } });
      await page.reload();
      await page.getByText('Windows tokens are missing').waitFor();
      await check('missing');
      await page.route('**/graphql', (route) => route.abort());
      await page.reload();
      await page.getByText('The gateway cannot be reached.').waitFor();
      await check('stopped');
      await click('Try again');
    });

    it('about an empty organization', async () => {
      const empty = await web.example.startSite(0, 3);
      onTestFinished(empty.close);
      const { page, check } = await open(empty.url);
      await page.getByText('This organization has no tokens yet').waitFor();
      await check('empty');
    });

    it('about the form for a token, its errors and its QR code', async () => {
      const { page, dialog, check, click } = await open();
      await page.locator('.token').first().waitFor();
      await click('New token');
      await check('create');
      await dialog.getByLabel('For whom').fill(emailOf(1));
      await dialog.getByLabel('Days to use it').fill('31');
      await click('Create');
      await dialog.getByText('2592000').waitFor();
      await check('create-refused');
      web.site.sandbox.faults.add({ kind: 'reset-before', match: { method: 'POST' } });
      await dialog.getByLabel('Days to use it').fill('1');
      await click('Create');
      await dialog.getByText("The API's answer was lost").waitFor();
      await check('create-unknown');
      web.site.sandbox.faults.clear();
      const stop = createTwins(web.site.sandbox, { user: 1, displayName: null, days: 1 });
      web.site.sandbox.faults.add({ kind: 'reset-after', match: { method: 'POST' } });
      await click('Create another');
      await dialog.getByText('Show candidate 2').waitFor();
      await check('create-candidates');
      stop();
      web.site.sandbox.faults.clear();
      await click('Create another');
      await page.getByAltText('QR code of the enrollment link').waitFor();
      await click('Copy the link');
      await page.locator('output.hint:not(:empty)').waitFor();
      await check('qr-code');
    });

    it('about the form for many', async () => {
      const { page, dialog, check, click } = await open();
      await page.locator('.token').first().waitFor();
      await click('Invite many');
      await check('invite');
      await dialog.getByLabel('Addresses').fill(`${emailOf(1)}, nobody@@example`);
      await dialog.getByRole('button', { name: 'Invite' }).click();
      await dialog.getByText('1 of 2 invited').waitFor();
      await dialog.getByRole('button', { name: 'Keep only' }).scrollIntoViewIfNeeded();
      await check('invited');
    });
  });
});
