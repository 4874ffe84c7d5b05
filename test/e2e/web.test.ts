import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGateway } from '../support/gateway/gateway.ts';
import {
  eventually,
  exampleFolder,
  hasExamplePage,
  useExampleSite,
  watchOperations,
} from '../support/http/example-page.ts';
import { isSkipped } from '../support/optional-tools.ts';
import { readQrCode } from '../support/qr-code.ts';
import { inOrder, storedTokens } from '../support/upstream/stored-tokens.ts';

const pageSize = 25;

describe.skipIf(isSkipped(hasExamplePage))('the example page', () => {
  const web = useExampleSite(220, 30);

  const open = (options?: BrowserContextOptions, url = web.site.url) =>
    web.example.open(url, options);

  const expectedNames = () =>
    inOrder(storedTokens(web.site.sandbox)).map(
      ({ document }) => document['displayName'] || 'Unnamed',
    );
  const shownNames = (page: Page) => page.locator('.token strong').allTextContents();
  const count = (page: Page) => page.locator('.count');

  const scrollToTheEnd = async (page: Page, names: readonly unknown[]) => {
    const complete = `${names.length} of ${names.length} tokens`;
    await eventually(async () => {
      await page.mouse.wheel(0, 3_000);
      return count(page).textContent();
    }).toBe(complete);
    expect(await shownNames(page)).toEqual(names);
  };

  it('builds: its operations and types fit the schema', async () => {
    await promisify(execFile)('npm', ['run', 'build'], { cwd: exampleFolder });
  }, 180_000);

  it('scrolls through 200 tokens of both platforms and requests each page once', async () => {
    const names = expectedNames();
    expect(names.length).toBeGreaterThanOrEqual(200);
    const { page, complaints, screenshot } = await open();
    const asked = watchOperations(page, 'query Tokens');
    await page
      .locator('.token')
      .nth(pageSize - 1)
      .waitFor();
    expect(asked.flatMap(({ after }) => after ?? [])).toEqual([]);
    await screenshot('web-list');

    await scrollToTheEnd(page, names);

    const cursors = asked.flatMap(({ after }) => after ?? []);
    expect(cursors.length).toBeLessThan(names.length / pageSize);
    expect(new Set(cursors).size).toBe(cursors.length);
    expect(complaints).toEqual([]);
    await screenshot('web-list-end');
  });

  it('filters by platform and state', async () => {
    const { page, screenshot } = await open();
    await page.getByLabel('Windows').check({ force: true });
    await page.getByLabel('Revoked').check({ force: true });
    await page.getByLabel('Enrolled').check({ force: true });
    const names = inOrder(storedTokens(web.site.sandbox, true)).flatMap(({ platform, document }) =>
      platform === 'WINDOWS' && ['DONE', 'DELETED'].includes(String(document['state']))
        ? document['displayName'] || 'Unnamed'
        : [],
    );
    expect(names.length).toBeGreaterThan(0);

    await eventually(() => shownNames(page)).toEqual(names.slice(0, pageSize));
    expect(new Set(await page.locator('.token .platform').allTextContents())).toEqual(
      new Set(['Windows']),
    );
    // The gateway scans, so it has no total.
    expect(await count(page).textContent()).toBe(`${pageSize} tokens so far`);
    await screenshot('web-filtered');
  });

  it('shows each error of the gateway at its field', async () => {
    const { page, screenshot } = await open();
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByLabel('For whom').fill('nobody@example.com');
    await page.getByLabel('Days to use it').fill('31');
    await page.getByLabel('Name', { exact: true }).fill('x'.repeat(129));
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('Nobody has this address.').waitFor();

    await page
      .getByLabel('For whom')
      .fill(String(web.site.sandbox.organization.users.all()[0]?.['email']));
    await page.getByRole('button', { name: 'Create' }).click();

    const faultOf = async (label: string) => {
      const id = await page.getByLabel(label, { exact: true }).getAttribute('aria-describedby');
      return page.locator(`[id="${id}"]`).textContent();
    };
    await eventually(() => faultOf('Name')).toContain('128');
    expect(await faultOf('Days to use it')).toContain('2592000');
    expect(await faultOf('For whom')).toBe('');
    await screenshot('web-refused');
  });

  it('creates one token if the first answer is lost, and shows its QR code', async () => {
    const { page, screenshot } = await open();
    const sent = watchOperations(page, 'mutation CreateApple');
    const before = expectedNames().length;
    await page.locator('.token').first().waitFor();
    await page.getByRole('button', { name: 'New token' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Apple').check();
    await dialog
      .getByLabel('For whom')
      .fill(String(web.site.sandbox.organization.users.all()[3]?.['email']));
    await dialog.getByLabel('Name', { exact: true }).fill('Tablet of the reception');
    await dialog.getByLabel('Policy').selectOption({ index: 1 });
    let isLost = false;
    await page.route('**/graphql', async (route) => {
      if (isLost || !route.request().postData()?.includes('mutation')) return route.continue();
      isLost = true;
      await route.fetch();
      return route.abort();
    });
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('The gateway cannot be reached.').waitFor();
    await screenshot('web-lost-answer');

    await dialog.getByRole('button', { name: 'Try again' }).click();

    await page.getByAltText('QR code of the enrollment link').waitFor();
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    const created = storedTokens(web.site.sandbox).filter(
      ({ document }) => document['displayName'] === 'Tablet of the reception',
    );
    expect(created).toHaveLength(1);
    expect(readQrCode(await screenshot('web-qr-code'))).toBe(
      created[0]?.document['enrollmentLink'],
    );

    await page.getByRole('button', { name: 'Close' }).click();
    await eventually(() => count(page).textContent()).toMatch(` of ${before + 1} tokens`);
    expect((await shownNames(page))[0]).toBe('Tablet of the reception');
  });

  it('reports a forbidden platform, and shows it when it is allowed', async () => {
    web.site.sandbox.faults.add({ kind: 'forbidden', match: { platform: 'windows' } });
    const { page, screenshot } = await open();
    const notice = page.getByText('Windows tokens are missing: not allowed.');
    await notice.waitFor();
    await eventually(() => shownNames(page)).not.toEqual([]);
    expect(new Set(await page.locator('.token .platform').allTextContents())).toEqual(
      new Set(['Apple']),
    );
    await screenshot('web-forbidden');

    web.site.sandbox.faults.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    await notice.waitFor({ state: 'detached' });
    await scrollToTheEnd(page, expectedNames());
  });

  it('stops loading if a platform fails, and continues in order when it works again', async () => {
    const { page, screenshot } = await open();
    await page
      .locator('.token')
      .nth(pageSize - 1)
      .waitFor();
    const asked = watchOperations(page, 'query Tokens');
    web.site.sandbox.faults.add({ kind: 'status', status: 503, match: { platform: 'apple' } });
    await eventually(async () => {
      await page.mouse.wheel(0, 3_000);
      return page.getByText('Apple tokens are missing for the moment.').count();
    }).toBe(1);
    const askedOnce = asked.length;
    await page.mouse.wheel(0, 30_000);
    await page.getByRole('button', { name: 'Load more' }).waitFor();
    await screenshot('web-unavailable-end');
    await page.mouse.wheel(0, -30_000);
    await page.getByText('Apple tokens are missing').scrollIntoViewIfNeeded();
    await screenshot('web-unavailable');
    expect(asked).toHaveLength(askedOnce);

    web.site.sandbox.faults.clear();
    await page.getByRole('button', { name: 'Try again' }).click();
    await scrollToTheEnd(page, expectedNames());
  });

  it('asks for a key if one is needed, and stores it only for the session', async () => {
    const strict = await startGateway(web.site.upstream);
    const strictServer = await web.example.serve(strict.url);
    onTestFinished(strict.close);
    onTestFinished(strictServer.close);
    const { page, screenshot } = await open({}, strictServer.url);
    await page.getByText('Enter the API key of a service account.').waitFor();
    // The list and the stream are refused for the same reason: it is said once.
    await eventually(() => page.locator('main .notice').count()).toBe(1);
    await screenshot('web-no-key');

    await page.getByLabel('API key').fill(web.site.sandbox.apiKey);
    await page.getByRole('button', { name: 'Use' }).click();
    await page.locator('.token').first().waitFor();
    await page.reload();
    await page.locator('.token').first().waitFor();
    const kept = await page.evaluate('[sessionStorage.length, localStorage.length]');
    expect(kept).toEqual([1, 0]);
  });

  it.each([
    { theme: 'light', width: 390 },
    { theme: 'dark', width: 390 },
    { theme: 'dark', width: 1280 },
  ] as const)('fits a $theme screen of $width pixels', async ({ theme, width }) => {
    const { page, screenshot } = await open({
      colorScheme: theme,
      viewport: { width, height: 844 },
    });
    await page
      .locator('.token')
      .nth(pageSize - 1)
      .waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await screenshot(`web-${theme}-${width}`);
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByRole('dialog').getByLabel('Policy').waitFor();
    await screenshot(`web-${theme}-${width}-create`);
    await page.getByRole('button', { name: 'Close' }).click();
    await page
      .getByRole('button', { name: /^QR code of/ })
      .first()
      .click();
    await page.getByAltText('QR code of the enrollment link').waitFor();
    const [newest] = inOrder(storedTokens(web.site.sandbox));
    expect(readQrCode(await screenshot(`web-${theme}-${width}-qr-code`))).toBe(
      newest?.document['enrollmentLink'],
    );
  });
});
