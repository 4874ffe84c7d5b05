import type { BrowserContextOptions } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import {
  eventually,
  hasExamplePage,
  useExampleSite,
  watchOperations,
} from '../support/http/example-page.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { storedTokens } from '../support/upstream/stored-tokens.ts';

describe.skipIf(isSkipped(hasExamplePage))('the invitation of many in the example page', () => {
  const web = useExampleSite(40, 20);

  const emailsOf = (count: number) =>
    web.site.sandbox.organization.users
      .all()
      .slice(0, count)
      .map((user) => String(user['email']));
  const named = (name: string) =>
    storedTokens(web.site.sandbox).filter(({ document }) => document['displayName'] === name);

  const openForm = async (name: string, addresses: readonly string[], options = {}) => {
    const opened = await web.example.open(web.site.url, options satisfies BrowserContextOptions);
    const { page } = opened;
    await page.locator('.token').first().waitFor();
    const sent = watchOperations(page, 'mutation Invite');
    await page.getByRole('button', { name: 'Invite many' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Addresses').fill(addresses.join('\n'));
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    const results = dialog.getByRole('region', { name: 'Results' });
    return { ...opened, dialog, results, sent };
  };

  it.each(['Windows', 'Apple'])('shows the outcome of each address of %s', async (platform) => {
    const name = `Welcome to ${platform}`;
    const [first = '', second = ''] = emailsOf(2);
    const { page, dialog, results, screenshot } = await openForm(name, [
      first,
      `<${second}>`,
      'not an address',
    ]);
    await dialog.getByLabel(platform).check();
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await results.getByText('2 of 3 invited').waitFor();
    expect(await results.locator('li span').allTextContents()).toEqual([
      first,
      second,
      'not an address',
    ]);
    expect(await results.locator('li strong').allTextContents()).toEqual([
      'Invited',
      'Invited',
      'Failed',
    ]);
    expect(await results.locator('li small').allTextContents()).toEqual([
      'This is not a complete e-mail address, such as name@example.com.',
    ]);
    await screenshot('web-invited');
    expect(named(name).map((token) => token.platform)).toEqual(
      Array(2).fill(platform.toUpperCase()),
    );

    await page.keyboard.press('Escape');
    await eventually(() => page.locator('.token strong').allTextContents()).toEqual(
      expect.arrayContaining([name]),
    );
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Invite many');
  });

  it('keeps its key until the form changes, so that a lost answer invites nobody twice', async () => {
    const { page, dialog, results, sent } = await openForm('Lost invitation', emailsOf(3));
    await page.route('**/graphql', async (route) => {
      if (!route.request().postData()?.includes('mutation')) return route.continue();
      await route.fetch();
      return route.abort();
    });
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByText('The gateway cannot be reached.').waitFor();
    await page.unroute('**/graphql');
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await results.getByText('3 of 3 invited').waitFor();
    expect(sent[1]).toEqual(sent[0]);
    expect(named('Lost invitation')).toHaveLength(3);

    await dialog.getByLabel('Name', { exact: true }).fill('Second invitation');
    await dialog.getByText('also those that are invited already').waitFor();
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await eventually(() => named('Second invitation').length).toBe(3);
    expect(sent[2]?.['input'].idempotencyKey).not.toBe(sent[0]?.['input'].idempotencyKey);
  });

  it('keeps only the failed addresses, so that a corrected one is the only one to be sent', async () => {
    const [first = '', second = ''] = emailsOf(2);
    const { dialog, results, sent } = await openForm('Corrected', [first, 'nobody@@example']);
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await results.getByText('1 of 2 invited').waitFor();
    await dialog.getByRole('button', { name: 'Keep only the failed addresses' }).click();
    expect(await dialog.getByLabel('Addresses').inputValue()).toBe('nobody@@example');
    await dialog.getByLabel('Addresses').fill(second);
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await results.getByText('1 of 1 invited').waitFor();
    expect(sent[1]?.['input'].userEmails).toEqual([second]);
    expect(named('Corrected')).toHaveLength(2);
  });

  it('shows an error of the settings at its field, and invites nobody', async () => {
    const { dialog, screenshot } = await openForm('Too long', emailsOf(2), {
      viewport: { width: 390, height: 844 },
    });
    await dialog.getByLabel('Days to use it').fill('31');
    await dialog.getByRole('button', { name: 'Invite' }).click();
    await dialog.getByText('2592000').waitFor();
    await screenshot('web-invite-390');
    expect(named('Too long')).toHaveLength(0);
  });
});
