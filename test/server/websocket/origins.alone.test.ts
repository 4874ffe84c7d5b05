import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { World } from '../../support/gateway/gateway.ts';
import { chromiumPath, openBrowser } from '../../support/http/browser.ts';
import { type PageServer, servePage } from '../../support/http/page-server.ts';
import { isSkipped } from '../../support/optional-tools.ts';
import { startLiveWorld } from '../subscriptions/following.ts';
import { webSocketUrl } from './raw-socket.ts';

describe.skipIf(isSkipped(existsSync(chromiumPath)))('a page in a browser', () => {
  let folder: string;
  let listed: PageServer;
  let other: PageServer;
  let browser: Browser;
  let world: World;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'page-'));
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>A page</title>');
    listed = await servePage(folder, 'http://127.0.0.1:1/');
    other = await servePage(folder, 'http://127.0.0.1:1/');
    world = await startLiveWorld({ CORS_ORIGINS: new URL(listed.url).origin });
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await world?.close();
    await listed?.close();
    await other?.close();
    await rm(folder, { recursive: true });
  });

  /** Connects in a page at this URL. Resolves with the first message, or the code of the close. */
  const connectIn = async (url: string): Promise<unknown> => {
    const page = await browser.newPage();
    await page.goto(url);
    const result = await page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket(${JSON.stringify(webSocketUrl(world.url))}, 'graphql-transport-ws');
      socket.onopen = () => socket.send('{"type":"connection_init"}');
      socket.onmessage = ({ data }) => resolve(data);
      socket.onclose = ({ code }) => resolve(code);
    })`);
    await page.close();
    return result;
  };

  it.each([
    ['of a listed origin connects', () => listed.url, '{"type":"connection_ack"}'],
    ['of another origin is refused', () => other.url, 1006],
    ['of the gateway connects', () => world.url, '{"type":"connection_ack"}'],
  ])('%s', async (_name, url, result) => {
    expect(await connectIn(url())).toBe(result);
  });
});
