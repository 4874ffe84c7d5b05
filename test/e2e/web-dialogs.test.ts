import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  createTwins,
  eventually,
  hasExamplePage,
  useExampleSite,
  watchOperations,
} from '../support/http/example-page.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { inOrder, storedTokens } from '../support/upstream/stored-tokens.ts';

describe.skipIf(isSkipped(hasExamplePage))('the dialogs of the example page', () => {
  const web = useExampleSite(60, 10);

  const open = async (options?: BrowserContextOptions) => {
    const opened = await web.example.open(web.site.url, options);
    await opened.page.locator('.token').first().waitFor();
    return opened;
  };

  const emailOf = (index: number) =>
    String(web.site.sandbox.organization.users.all()[index]?.['email']);

  /** What the focus is on: the accessible name of a control, or the text of a container. */
  const focused = (page: Page): Promise<string> =>
    page.evaluate(
      '(({ ariaLabel, labels, textContent }) => ariaLabel ?? (labels?.[0]?.textContent ?? textContent).trim())(document.activeElement)',
    );
  const expectFocus = (page: Page, name: string) => eventually(() => focused(page)).toBe(name);

  const openCreateDialog = async (page: Page, name: string) => {
    await page.getByRole('button', { name: 'New token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('For whom').fill(emailOf(2));
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    return dialog;
  };

  describe('return the focus to what opened them', () => {
    it.each([
      [
        'with its Close button',
        (page: Page) => page.getByRole('button', { name: 'Close' }).click(),
      ],
      ['with Cancel', (page: Page) => page.getByRole('button', { name: 'Cancel' }).click()],
      ['with Escape', (page: Page) => page.keyboard.press('Escape')],
    ])('if the form is closed %s', async (_, close) => {
      const { page } = await open();
      await page.getByRole('button', { name: 'New token' }).click();
      await page.getByRole('dialog').waitFor();
      await close(page);
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await expectFocus(page, 'New token');
    });

    it('if the QR code of a row is closed', async () => {
      const { page } = await open();
      const button = page.getByRole('button', { name: /^QR code of/, disabled: false }).nth(1);
      await button.click();
      await page.getByAltText('QR code of the enrollment link').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await expectFocus(page, String(await button.getAttribute('aria-label')));
    });

    it('if the QR code of a new token is closed, although another dialog opened it', async () => {
      const { page } = await open();
      const dialog = await openCreateDialog(page, 'Scanner of the dock');
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByAltText('QR code of the enrollment link').waitFor();
      await page.getByRole('button', { name: 'Close' }).click();
      await expectFocus(page, 'New token');
    });

    it('if the code is shown after a second attempt', async () => {
      const { page } = await open();
      const button = page.getByRole('button', { name: /^QR code of/, disabled: false }).first();
      web.site.sandbox.faults.add({ kind: 'status', status: 503 });
      await button.click();
      const retry = page.getByRole('dialog').getByRole('button', { name: 'Try again' });
      await retry.waitFor();
      web.site.sandbox.faults.clear();
      await retry.focus();
      await page.keyboard.press('Enter');
      await page.getByAltText('QR code of the enrollment link').waitFor();
      // The focus is still in the dialog: the next control is its button.
      await page.keyboard.press('Tab');
      await expectFocus(page, 'Copy the link');
      await page.keyboard.press('Escape');
      await expectFocus(page, String(await button.getAttribute('aria-label')));
    });
  });

  it('begin at their first field, and a QR code at its Close button', async () => {
    const { page } = await open();
    for (const name of ['New token', 'Invite many']) {
      await page.getByRole('button', { name }).click();
      await expectFocus(page, 'Windows');
      await page.keyboard.press('Escape');
      await expectFocus(page, name);
    }
    await page
      .getByRole('button', { name: /^QR code of/, disabled: false })
      .first()
      .click();
    await expectFocus(page, 'Close');
  });

  it('keep the focus on the button of the form while a token is created', async () => {
    const { page } = await open();
    const dialog = await openCreateDialog(page, 'Kiosk');
    await page.route('**/graphql', (route) =>
      route.request().postData()?.includes('mutation') ? route.abort() : route.continue(),
    );
    await dialog.getByRole('button', { name: 'Create' }).focus();
    await page.keyboard.press('Enter');
    await dialog.getByText('The gateway cannot be reached.').waitFor();
    await expectFocus(page, 'Try again');
    await page.unroute('**/graphql');
    await page.keyboard.press('Enter');
    await page.getByAltText('QR code of the enrollment link').waitFor();
    await page.keyboard.press('Escape');
    await expectFocus(page, 'New token');
  });

  describe('go on if the outcome of a create is unknown', () => {
    const named = (name: string) =>
      storedTokens(web.site.sandbox).filter(({ document }) => document['displayName'] === name);

    /** Opens the page and sends a form; its request to the API, or the answer, is lost. */
    const openUnknown = async (
      name: string,
      kind: 'reset-before' | 'reset-after' = 'reset-before',
    ) => {
      web.site.sandbox.faults.add({ kind, match: { method: 'POST' } });
      const opened = await open();
      const keys = watchOperations(opened.page, 'mutation Create');
      const dialog = await openCreateDialog(opened.page, name);
      await dialog.getByRole('button', { name: 'Create' }).click();
      await dialog.getByText("The API's answer was lost").waitFor();
      web.site.sandbox.faults.clear();
      return { ...opened, dialog, keyAt: (index: number) => keys[index]?.['input'].idempotencyKey };
    };

    it('showing the candidates, one of which can be opened', async () => {
      const stop = createTwins(web.site.sandbox, { user: 2, displayName: 'Drone', days: 7 });
      const { page, dialog, screenshot } = await openUnknown('Drone', 'reset-after');
      stop();
      const candidates = dialog.getByRole('button', { name: /^Show candidate \d: Drone, created/ });
      expect(await candidates.count()).toBe(2);
      await dialog.getByRole('button', { name: 'Look again' }).waitFor();
      await dialog.getByRole('button', { name: 'Create another' }).waitFor();
      await screenshot('web-candidates');

      await candidates.first().click();
      await page.getByAltText('QR code of the enrollment link').waitFor();
      await page.keyboard.press('Escape');
      await expectFocus(page, String(await candidates.first().textContent()));
      expect(named('Drone')).toHaveLength(2);
    });

    it('looking again creates nothing, and creating another creates one token', async () => {
      const { page, dialog, keyAt, screenshot } = await openUnknown('Plotter');
      await screenshot('web-unknown');
      const lookAgain = dialog.getByRole('button', { name: 'Look again' });
      await lookAgain.click();
      await eventually(() => keyAt(1)).toBe(keyAt(0));
      await lookAgain.waitFor();
      expect(named('Plotter')).toHaveLength(0);

      await dialog.getByRole('button', { name: 'Create another' }).click();
      await page.getByAltText('QR code of the enrollment link').waitFor();
      expect(keyAt(2)).not.toBe(keyAt(1));
      expect(named('Plotter')).toHaveLength(1);
      await page.keyboard.press('Escape');
      await expectFocus(page, 'New token');
    });

    it('an answer that is lost again keeps the new key', async () => {
      const { page, dialog, keyAt } = await openUnknown('Label printer');
      await page.route('**/graphql', async (route) => {
        if (!route.request().postData()?.includes('mutation')) return route.continue();
        await route.fetch();
        return route.abort();
      });
      await dialog.getByRole('button', { name: 'Create another' }).click();
      await dialog.getByText('The gateway cannot be reached.').waitFor();
      await page.unroute('**/graphql');
      await dialog.getByRole('button', { name: 'Try again' }).click();
      await page.getByAltText('QR code of the enrollment link').waitFor();
      expect(keyAt(1)).not.toBe(keyAt(0));
      expect(keyAt(2)).toBe(keyAt(1));
      expect(named('Label printer')).toHaveLength(1);
    });

    it('another input is a new token, so the form offers to create it', async () => {
      const { dialog } = await openUnknown('Till');
      await dialog.getByLabel('Name', { exact: true }).fill('Till of the bar');
      await dialog.getByRole('button', { name: 'Create', exact: true }).waitFor();
      expect(await dialog.getByText("The API's answer was lost").count()).toBe(0);
    });
  });

  it('say that the policies cannot be read, instead of offering none', async () => {
    const { page } = await open();
    web.site.sandbox.faults.add({ kind: 'forbidden', match: { path: /polic/i } });
    await page.getByRole('button', { name: 'New token' }).click();
    const policy = page.getByRole('dialog').getByLabel('Policy');
    await page.getByRole('dialog').getByText('lacks the permission').waitFor();
    expect(await policy.getAttribute('aria-invalid')).toBe('true');
  });

  describe('with the QR code', () => {
    const openCode = async (options: BrowserContextOptions) => {
      const { page, screenshot } = await open(options);
      const button = page.getByRole('button', { name: /^QR code of/, disabled: false }).first();
      await button.click();
      const copy = page.getByRole('button', { name: 'Copy the link' });
      await copy.click();
      return { page, screenshot, copy };
    };

    it('confirm that the link is copied, for a moment', async () => {
      const { page, screenshot, copy } = await openCode({
        permissions: ['clipboard-read', 'clipboard-write'],
      });
      await page.getByText('The link is in the clipboard.').waitFor();
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      await expectFocus(page, 'Copied');
      await screenshot('web-copied');
      const [newest] = inOrder(storedTokens(web.site.sandbox));
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(
        newest?.document['enrollmentLink'],
      );
      await copy.waitFor();
      expect(await page.getByText('The link is in the clipboard.').count()).toBe(0);
    });

    it('say that the browser refuses to copy', async () => {
      const { page } = await openCode({ permissions: [] });
      await page.getByText('The browser does not let this page copy.').waitFor();
    });
  });
});
