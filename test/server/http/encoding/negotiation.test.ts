import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, startWorld, type World } from '../../../support/gateway/gateway.ts';
import { decompress, sendAsIs } from '../../../support/http/undecoded.ts';

describe('an answer of the gateway', () => {
  const page = `{ enrollmentTokens(first: 50) {
    nodes { id displayName user { id email name } policyAssignments { policy { id name } } }
  } }`;
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ tokens: 60 }, { CORS_ORIGINS: 'https://admin.example.com' });
  });
  afterAll(() => world.close());

  const ask = (query: string, headers: Readonly<Record<string, string>> = {}, url = world.url) =>
    sendAsIs(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${world.sandbox.apiKey}`,
        ...headers,
      },
      body: JSON.stringify({ query }),
    });

  it.each<[string | null, string | undefined]>([
    [null, undefined],
    ['', undefined],
    ['identity', undefined],
    ['deflate, zstd', undefined],
    ['gzip', 'gzip'],
    ['GZIP', 'gzip'],
    ['br', 'br'],
    ['gzip, deflate, br', 'br'],
    ['br;q=0.5, gzip', 'gzip'],
    ['gzip;q=0.5', 'gzip'],
    ['gzip;q=0', undefined],
    ['gzip;q=0, br;q=0', undefined],
    ['br;q=0, *', 'gzip'],
    ['*', 'br'],
    ['*;q=0', undefined],
    ['identity;q=1, gzip;q=0.5', undefined],
    ['identity;q=0', undefined],
    [',;=q, ;q=1;,', undefined],
  ])('to Accept-Encoding %j has the encoding %j', async (accepted, encoding) => {
    const plain = await ask(page);
    const answer = await ask(page, accepted === null ? {} : { 'accept-encoding': accepted });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-encoding']).toBe(encoding);
    expect(Number(answer.headers['content-length'])).toBe(answer.bytes.length);
    expect(decompress(answer)).toBe(plain.bytes.toString());
    if (encoding !== undefined) {
      expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 3);
    }
  });

  it('varies with Accept-Encoding and with the origin, compressed or not, long or short', async () => {
    const varied = ['Authorization', 'Accept', 'Accept-Encoding', 'Origin'];
    for (const query of [page, '{ __typename }', '{ unknown }']) {
      for (const origin of ['https://admin.example.com', 'https://other.example.com']) {
        for (const encoding of ['gzip', 'identity']) {
          const { headers } = await ask(query, { origin, 'accept-encoding': encoding });
          expect(String(headers['vary']).split(', ').toSorted()).toEqual(varied.toSorted());
          expect(headers['cache-control']).toBe('no-store');
        }
      }
    }
  });

  it('that is short is not compressed', async () => {
    const { headers, bytes } = await ask('{ __typename }', { 'accept-encoding': 'br, gzip' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(bytes.toString()).toBe('{"data":{"__typename":"Query"}}');
  });

  it.each(['text/event-stream', 'multipart/mixed'])('in %s is not compressed', async (accept) => {
    const { headers, bytes } = await ask(page, { accept, 'accept-encoding': 'br, gzip' });
    expect(headers['content-type']).toContain(accept);
    // yoga sets `none`, which is no encoding that clients know.
    expect(headers['content-encoding']).toBeUndefined();
    expect(bytes.length).toBeGreaterThan(10_000);
    expect(bytes.toString()).toContain('"enrollmentTokens"');
  });

  it('with metrics is compressed as well, and GET and HEAD have the same encoding', async () => {
    const options = { headers: { 'accept-encoding': 'gzip' } };
    const url = new URL('/metrics', world.url);
    const got = await sendAsIs(url, options);
    expect(got.headers['content-encoding']).toBe('gzip');
    expect(decompress(got)).toContain('gateway_operations_total');
    const head = await sendAsIs(url, { ...options, method: 'HEAD' });
    expect(head.headers['content-encoding']).toBe('gzip');
    expect(Number(head.headers['content-length'])).toBeGreaterThan(1_000);
    expect(head.bytes).toHaveLength(0);
  });

  it('is never compressed with COMPRESSION=false', async () => {
    const plain = await startGateway({ baseUrl: world.baseUrl }, { COMPRESSION: 'false' });
    const query = '{ __schema { types { name description } } }';
    const { headers, bytes } = await ask(query, { 'accept-encoding': 'br, gzip' }, plain.url);
    await plain.close();
    expect(headers['content-encoding']).toBeUndefined();
    expect(bytes.length).toBeGreaterThan(4_096);
  });
});
