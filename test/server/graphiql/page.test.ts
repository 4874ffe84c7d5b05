import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../../support/gateway/gateway.ts';
import { startReadyGateway } from '../../support/gateway/gateway-process.ts';
import {
  decompress,
  sendAsIs,
  type UndecodedAnswer,
  withoutRequestId,
} from '../../support/http/undecoded.ts';

/** No API is needed: the page is made of the configuration alone. */
const upstream = { baseUrl: 'http://127.0.0.1:9/v1', organization: 'acme' };

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway(upstream);
});
afterAll(() => gateway.close());

const load = (
  headers: Readonly<Record<string, string>> = {},
  { url = gateway.url, method = 'GET' } = {},
): Promise<UndecodedAnswer> => sendAsIs(url, { method, headers: { ...html, ...headers } });

const etagOf = ({ headers }: UndecodedAnswer): string => String(headers['etag']);

describe("GraphiQL's page", () => {
  it('has the same bytes at each load, also for requests that come at once, and on each replica', async () => {
    const replica = await startGateway(upstream);
    for (const encoding of ['br', 'gzip', 'identity']) {
      const headers = { 'accept-encoding': encoding };
      const [first, ...others] = await Promise.all([
        load(headers, { url: replica.url }),
        load(headers, { url: replica.url }),
        load(headers),
      ]);
      for (const other of [...others, await load(headers)]) {
        expect(other.bytes.equals(first.bytes)).toBe(true);
        expect(etagOf(other)).toBe(etagOf(first));
      }
    }
    await replica.close();
  });

  it('is the same text in each encoding, a quarter of the size if it is compressed', async () => {
    const plain = await load();
    expect(plain.bytes.length).toBeGreaterThan(8_000_000);
    expect(plain.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-length': String(plain.bytes.length),
    });
    expect(plain.headers['content-encoding']).toBeUndefined();
    const text = plain.bytes.toString();
    expect(text).toContain('NewestTokens');
    expect(text).toContain(
      '<meta name="viewport" content="width=device-width, initial-scale=1" />',
    );
    expect(text).toContain('</html>');
    for (const encoding of ['br', 'gzip']) {
      const answer = await load({ 'accept-encoding': encoding });
      expect(answer.headers).toMatchObject({
        'content-encoding': encoding,
        'content-length': String(answer.bytes.length),
      });
      expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 3);
      expect(decompress(answer) === text).toBe(true);
    }
  });

  it('may be kept by its browser only, which asks each time, and has an ETag for each encoding', async () => {
    const etags = new Set<string>();
    for (const encoding of ['br', 'gzip', 'identity']) {
      const answer = await load({ 'accept-encoding': encoding });
      expect(answer.headers).toMatchObject({
        'cache-control': 'private, no-cache',
        etag: expect.stringMatching(/^"[\w-]+"$/),
        'x-frame-options': 'DENY',
      });
      expect(answer.headers['vary']).toContain('Accept-Encoding');
      etags.add(etagOf(answer));
    }
    expect(etags.size).toBe(3);
  });

  it.each<[string, (etag: string) => string]>([
    ['its ETag', (etag) => etag],
    ['its ETag among others', (etag) => `"other", ${etag} , W/"third"`],
    ['its ETag as a weak one', (etag) => `W/${etag}`],
    ['any ETag', () => '*'],
  ])('is not sent again to a browser that has %s', async (_name, toCondition) => {
    for (const encoding of ['br', 'gzip', 'identity']) {
      const first = await load({ 'accept-encoding': encoding });
      const again = await load({
        'accept-encoding': encoding,
        'if-none-match': toCondition(etagOf(first)),
      });
      expect(again.status).toBe(304);
      expect(again.bytes).toHaveLength(0);
      expect(again.headers).toMatchObject({
        etag: etagOf(first),
        'cache-control': 'private, no-cache',
        vary: first.headers['vary'],
      });
      expect(again.headers['content-encoding']).toBeUndefined();
    }
  });

  it('is sent to a browser that has another one, or has it in another encoding', async () => {
    const inGzip = await load({ 'accept-encoding': 'gzip' });
    for (const condition of ['"other"', 'other', '', etagOf(inGzip)]) {
      const answer = await load({ 'accept-encoding': 'br', 'if-none-match': condition });
      expect(answer.status).toBe(200);
    }
  });

  it.each([
    ['TEXT/HTML', true],
    ['text/*', true],
    ['application/json;q=0.5, text/html', true],
    ['text/html;q=0, application/json', false],
    ['application/json, text/html;q=0.1', false],
    ['application/graphql-response+json, text/html-x', false],
    ['*/*', false],
  ])('for the Accept header %s is sent: %s', async (accept, isPage) => {
    const { headers } = await load({ accept, 'accept-encoding': 'br' });
    expect(String(headers['content-type']).startsWith('text/html')).toBe(isPage);
  });

  it('has the same headers for HEAD as for GET', async () => {
    for (const encoding of ['br', 'identity']) {
      const headers = { 'accept-encoding': encoding };
      const head = await load(headers, { method: 'HEAD' });
      expect(head.bytes).toHaveLength(0);
      expect(withoutRequestId(head)).toEqual(withoutRequestId(await load(headers)));
    }
  });

  it('is not compressed with COMPRESSION=false', async () => {
    const plain = await startGateway(upstream, { COMPRESSION: 'false' });
    const answer = await load({ 'accept-encoding': 'br, gzip' }, { url: plain.url });
    await plain.close();
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.bytes.equals((await load()).bytes)).toBe(true);
  });

  it('is served by the built gateway', async () => {
    const built = await startReadyGateway({ LOG_LEVEL: 'error' });
    const answer = await load({ 'accept-encoding': 'br' }, { url: built.url });
    expect(await built.stop()).toBe(0);
    expect(answer.headers['content-encoding']).toBe('br');
    expect(decompress(answer)).toContain('NewestTokens');
  });

  it('is no answer to a POST, and none in production', async () => {
    const production = await startGateway(upstream, { NODE_ENV: 'production' });
    for (const method of ['GET', 'HEAD']) {
      const answer = await load({ accept: 'text/html' }, { url: production.url, method });
      expect(answer.status).toBe(406);
    }
    await production.close();
    const posted = await load({ accept: 'text/html' }, { method: 'POST' });
    expect(posted.status).toBe(406);
  });
});
