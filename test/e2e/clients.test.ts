import type { Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../support/gateway/gateway.ts';
import {
  type ClientPages,
  hasClients,
  runClient,
  startClientPages,
} from '../support/http/client-page.ts';
import { isSkipped } from '../support/optional-tools.ts';

const pageQuery = (name: string): string => `query ${name}($first: Int!, $after: String) {
  enrollmentTokens(first: $first, after: $after) {
    edges { node { id platform displayName user { id email } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const pageOfTwo = {
  enrollmentTokens: { edges: [expect.anything(), expect.anything()] },
};

describe.skipIf(isSkipped(hasClients))('a page of another origin', () => {
  let pages: ClientPages;
  let world: World;
  let page: Page;
  /** The requests of the page to the gateway, without preflight requests, which a browser does not report. */
  let requests: Request[];

  beforeAll(async () => {
    pages = await startClientPages();
    world = await startWorld({ tokens: 40 }, { CORS_ORIGINS: pages.origin });
  }, 60_000);
  afterAll(async () => {
    await pages?.close();
    await world?.close();
  });

  beforeEach(async () => {
    requests = [];
    page = await pages.open();
    page.on('request', (request) => {
      if (request.url().startsWith(world.url)) requests.push(request);
    });
  });
  afterEach(() => page.close());

  const run = (name: string, ...parameters: readonly unknown[]) =>
    runClient(page, world, name, ...parameters);

  /** What the page sent: the method, and whether it was the text of a document, its hash, or both. */
  const sent = (): string[] =>
    requests.map((request) => {
      const content = decodeURIComponent(request.url()) + (request.postData() ?? '');
      const words = [
        request.method(),
        /sha256Hash/.test(content) && 'hash',
        /enrollmentTokens/.test(content) && 'text',
      ];
      return words.filter(Boolean).join(' ');
    });

  it('uses urql as it comes: queries by GET, with headers of error tracing', async () => {
    expect(await run('urql', pageQuery('Urql'), { first: 2 })).toMatchObject({ data: pageOfTwo });
    expect(sent()).toEqual(['GET text']);
    expect(await requests[0]?.headerValue('sentry-trace')).toMatch(/^0af7/);
  });

  it('uses Apollo Client with its name, version and headers of error tracing', async () => {
    expect(await run('apollo', pageQuery('Apollo'), { first: 2 })).toMatchObject({
      data: pageOfTwo,
    });
    expect(sent()).toEqual(['POST text']);
    const headers = await requests[0]?.allHeaders();
    expect(headers).toMatchObject({ baggage: 'sentry-environment=test' });
    expect(JSON.stringify(headers) + (requests[0]?.postData() ?? '')).toContain('admin-console');
  });

  it.each([
    ['urqlPersisted', 'GET', 'GET'],
    ['apolloPersisted', 'GET', 'GET'],
    ['apolloPersisted', 'POST', 'POST'],
  ])('names documents by hashes with %s by %s, and sends each text once', async (client, method) => {
    const query = pageQuery(`${client}${method}`);
    for (const expected of [[`${method} hash`, 'text'], [`${method} hash`]]) {
      requests = [];
      expect(await run(client, query, { first: 2 }, method === 'GET')).toMatchObject({
        data: pageOfTwo,
      });
      const [first, second, ...rest] = sent();
      expect([first, rest]).toEqual([expected[0], []]);
      expect(second?.replace(/^(?:GET|POST) hash /, '')).toEqual(expected[1]);
    }
  });

  it.each([
    'urql',
    'apollo',
  ])('keeps one script of two policies apart in the cache of %s', async (client) => {
    const [first, second] = world.sandbox.platform('windows').policies.all();
    if (!first || !second) return expect.unreachable();
    const script = { id: 'a'.repeat(24), type: 'once', name: 'Collect', runner: 'powershell' };
    Object.assign(first, { scripts: [{ ...script, arguments: '-First' }] });
    Object.assign(second, { scripts: [{ ...script, arguments: '-Second' }] });
    const query = `{ mdmPolicies(first: 100, platform: WINDOWS) { nodes {
      id sourceId ... on WindowsPolicy { scripts { scriptId arguments } }
    } } }`;
    const { data } = await run(client, query, {});
    const { nodes }: { nodes: readonly { sourceId: string; scripts: readonly object[] }[] } =
      data.mdmPolicies;
    const scriptsOf = (id: unknown) => nodes.find(({ sourceId }) => sourceId === id)?.scripts;
    const { id: scriptId } = script;
    expect(scriptsOf(first['id'])).toMatchObject([{ scriptId, arguments: '-First' }]);
    expect(scriptsOf(second['id'])).toMatchObject([{ scriptId, arguments: '-Second' }]);
  });

  it('can read the request id and how to authenticate, also of a refusal', async () => {
    expect(await run('refused', '{ enrollmentTokens { totalCount } }')).toEqual({
      status: 401,
      requestId: expect.stringMatching(/./),
      authenticate: expect.stringContaining('Bearer'),
    });
  });

  it('receives compressed answers', async () => {
    await run('urql', pageQuery('Compressed'), { first: 40 });
    const response = await requests[0]?.response();
    expect((await response?.allHeaders())?.['content-encoding']).toMatch(/^(?:br|gzip)$/);
  });

  it('cannot read an answer that took no preflight request', async () => {
    expect(await run('forged')).not.toBe('cors');
    expect((await requests[0]?.response())?.status() ?? 403).toBe(403);
  });

  it('is blocked by the browser if its origin is not listed', async () => {
    const closed = await startWorld({ tokens: 1 });
    const query = pageQuery('Blocked');
    const { error } = await runClient(page, closed, 'urql', query, { first: 2 });
    expect(error).toContain('Network');
    const blocked = runClient(page, closed, 'apollo', query, { first: 2 });
    await expect(blocked).rejects.toThrow('fetch');
    await closed.close();
  });
});
