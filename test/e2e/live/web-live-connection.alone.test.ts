import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hasExamplePage, watchOperations } from '../../support/http/example-page.ts';
import { listen } from '../../support/http/listen.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import {
  hurry,
  timeout,
  untilLive,
  untilState,
  useLivePage,
  watchAnnouncements,
} from './live-page.ts';
import { startVite } from './vite-server.ts';

const maxScanItems = 40;

describe.skipIf(isSkipped(hasExamplePage))('the connection of the example page', () => {
  const site = useLivePage({ MAX_SCAN_ITEMS: String(maxScanItems) });
  beforeEach(() => site.live.untilFollowed(0));

  const lost = (page: Page) => page.getByText('Connection lost');

  it.each([
    'SIGTERM',
    'SIGKILL',
  ] as const)('resumes after %s with the last cursor', async (signal) => {
    const { page } = await site.open();
    const announced = await watchAnnouncements(page);
    const names = ['used', 'revoked', 'new'].map((word) => `${word} at ${signal}`);
    const [used = '', revoked = '', created = ''] = names;
    const tokens = [site.live.create(used), site.live.create(revoked)] as const;
    await untilState(page, used, 'Pending');
    await untilState(page, revoked, 'Pending');
    const subscribed = watchOperations(page, 'subscription');
    const listed = watchOperations(page, 'query Tokens');
    await site.live.stop(signal);
    await lost(page).waitFor();
    await expect
      .poll(async () => (await announced()).join(), { timeout })
      .toContain('The connection is lost. The list is not up to date.');
    site.live.change(tokens[0], 'DONE');
    site.live.change(tokens[1], 'DELETED');
    site.live.create(created);
    await site.live.start();
    await hurry(page);
    await untilState(page, created, 'Pending');
    await untilState(page, used, 'Enrolled');
    await untilState(page, revoked, null);
    await untilLive(page);
    await expect
      .poll(async () => (await announced()).join(), { timeout })
      .toContain('The connection is back.');
    expect(subscribed.length).toBeGreaterThan(0);
    expect(subscribed.every(({ after }) => typeof after === 'string')).toBe(true);
    expect(listed).toEqual([]);
  });

  it('loads the list again if too much has changed, and follows from then on', async () => {
    const { page } = await site.open();
    site.live.create('before');
    await untilState(page, 'before', 'Pending');
    const listed = watchOperations(page, 'query Tokens');
    const subscribed = watchOperations(page, 'subscription');
    await site.live.stop('SIGTERM');
    await lost(page).waitFor();
    for (let count = 0; count <= maxScanItems; count += 1) site.live.create(`too much ${count}`);
    await site.live.start();
    await hurry(page);
    await expect.poll(() => subscribed.length, { timeout }).toBeGreaterThan(0);
    await lost(page).waitFor();
    await hurry(page);
    // They have the same time, so any of them can be the first.
    const firstName = () => page.locator('.token strong').first().textContent();
    await expect.poll(firstName, { timeout }).toContain('too much');
    expect(listed.length).toBeGreaterThan(0);
    expect(subscribed.at(-1)?.['after']).toBeNull();
    await untilLive(page);
    site.live.create('after');
    await untilState(page, 'after', 'Pending');
  });

  it('says that the key is refused, asks no more with it, and goes on with another key', async () => {
    const key = site.live.sandbox.addKey();
    const { page, screenshot } = await site.open({ session: { 'gateway-api-key': key } });
    const announced = await watchAnnouncements(page);
    const subscribed = watchOperations(page, 'subscription');
    site.live.sandbox.revokeKey(key);
    await page.getByText('The key above is not accepted.').waitFor();
    await screenshot('web-live-stopped');
    await expect.poll(announced, { timeout }).toContain('Live updates have stopped.');
    // Longer than the delay before a lost connection is tried again.
    await page.waitForTimeout(6_000);
    expect(subscribed).toEqual([]);
    await page.getByLabel('API key').fill(site.live.sandbox.apiKey);
    await page.getByRole('button', { name: 'Use' }).click();
    await untilLive(page);
    expect(await page.getByText('The key above is not accepted.').count()).toBe(0);
    expect(subscribed).toHaveLength(1);
  });

  it('shows the list by itself if the gateway starts after the page', async () => {
    await site.live.stop('SIGTERM');
    const { page } = await site.openUnready();
    await page.getByRole('alert').getByText('The gateway cannot be reached.').waitFor();
    await lost(page).waitFor();
    await site.live.start();
    await hurry(page);
    await untilLive(page);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('loads a list again that failed while the connection was lost', async () => {
    const { page } = await site.open();
    // A cursor, so that the stream resumes and loads nothing by itself.
    site.live.create('seen');
    await untilState(page, 'seen', 'Pending');
    await site.live.stop('SIGTERM');
    await lost(page).waitFor();
    await page.getByText('Apple', { exact: true }).first().click();
    await page.getByRole('alert').getByText('The gateway cannot be reached.').waitFor();
    await site.live.start();
    await hurry(page);
    await untilLive(page);
    await page.locator('.token').first().waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('takes a silent connection for a lost one', async () => {
    let subscriptions = 0;
    const silent = createServer((request, response) => {
      subscriptions += request.headers.accept === 'text/event-stream' ? 1 : 0;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
    });
    const port = await listen(silent);
    onTestFinished(() => {
      silent.closeAllConnections();
      silent.close();
    });
    const server = await site.web.example.serve(`http://127.0.0.1:${port}/graphql`);
    onTestFinished(server.close);
    const { page } = await site.openUnready(server.url);
    await page.clock.install();
    await page.reload();
    await page.locator('.live-status.live').waitFor();
    await page.clock.fastForward(31_000);
    await lost(page).waitFor();
    await page.clock.fastForward(6_000);
    await expect.poll(() => subscriptions, { timeout }).toBe(3);
  });

  it.each([
    'dev',
    'preview',
  ] as const)('passes through the server of `vite %s`, and ends with it', async (mode) => {
    const url = await startVite(mode, site.live.url);
    const { page } = await site.open({}, url);
    site.live.create(`through ${mode}`);
    await untilState(page, `through ${mode}`, 'Pending');
    await site.live.stop('SIGKILL');
    await lost(page).waitFor({ timeout });
    await site.live.start();
    await hurry(page);
    await untilLive(page);
    await site.live.untilFollowed(1);
    await page.close();
    await site.live.untilFollowed(0);
  });
});
