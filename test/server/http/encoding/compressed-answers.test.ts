import { setTimeout as delay } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { createHeldAnswer, startHttpServer } from '../../../support/http/http-server.ts';
import { openRaw, rawRequest } from '../../../support/http/raw-http.ts';
import { decompress, sendAsIs, withoutRequestId } from '../../../support/http/undecoded.ts';

const long = JSON.stringify({ data: { text: 'The same words again and again. '.repeat(500) } });
const inJson = { headers: { 'content-type': 'application/json' } };
const graphql = (url: string) => new URL('/graphql?', url);

describe('a compressed answer', () => {
  const gzipped = { Host: 'gateway', 'Accept-Encoding': 'gzip' };
  const get = (search: string) => rawRequest(`GET /graphql?${search}`, gzipped);

  it('has the same headers for GET and HEAD', async () => {
    const { url } = await startHttpServer(() => new Response(long, inJson));
    const options = { headers: { 'accept-encoding': 'br' } };
    const got = await sendAsIs(graphql(url), options);
    const head = await sendAsIs(graphql(url), { ...options, method: 'HEAD' });
    expect(withoutRequestId(head)).toEqual(withoutRequestId(got));
    expect(head.bytes).toHaveLength(0);
    expect(decompress(got)).toBe(long);
  });

  it('has a length, so that a client of HTTP/1.0 can read it', async () => {
    const { url } = await startHttpServer(() => new Response(long, inJson));
    const bytes = get('').toString().replace('HTTP/1.1', 'HTTP/1.0');
    const connection = openRaw(url, bytes);
    await connection.closed;
    const [head = '', body = ''] = connection.received().split('\r\n\r\n');
    expect(head).toMatch(/content-encoding: gzip/i);
    expect(head).not.toMatch(/transfer-encoding/i);
    expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe(long);
  });

  it('begins at 4 KiB of UTF-8', async () => {
    for (const [text, encoding] of [
      ['x'.repeat(4_095), undefined],
      ['x'.repeat(4_096), 'gzip'],
      ['ü'.repeat(2_047), undefined],
      ['ü'.repeat(2_048), 'gzip'],
    ]) {
      const { url } = await startHttpServer(() => new Response(text, inJson));
      const answer = await sendAsIs(graphql(url), { headers: { 'accept-encoding': 'gzip' } });
      expect(answer.headers['content-encoding']).toBe(encoding);
      expect(decompress(answer)).toBe(text);
    }
  });

  it('keeps the order of pipelined requests, and is pending work until it is sent', async () => {
    const first = createHeldAnswer();
    const { url, pendingWork, asked } = await startHttpServer(({ url: asks }) =>
      asks.endsWith('first') ? first.answer : new Response(long, inJson),
    );
    const connection = openRaw(url, Buffer.concat([get('first'), get('second'), get('third')]));
    await vi.waitUntil(() => asked.length === 1, { timeout: 10_000 });
    first.give(`first ${long}`);
    const answers = await connection.answers(3);
    const texts = answers.map(({ body }) => gunzipSync(Buffer.from(body, 'latin1')).toString());
    expect(texts).toEqual([`first ${long}`, long, long]);
    await pendingWork.whenIdle(1);
    connection.socket.destroy();
  });

  it('ends its connection if the drain begins while it is compressed', async () => {
    let finish = (): void => {};
    const compressing = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let begun = false;
    const { url, drain, pendingWork } = await startHttpServer(
      () => new Response(long, inJson),
      undefined,
      [],
      {
        gzip: async (bytes) => {
          begun = true;
          await compressing;
          return gzipSync(bytes);
        },
      },
    );
    const connection = openRaw(url, get(''));
    await vi.waitUntil(() => begun, { timeout: 10_000 });
    let isIdle = false;
    const idle = pendingWork.whenIdle(1).then(() => {
      isIdle = true;
    });
    drain();
    await delay(20);
    expect(isIdle).toBe(false);
    finish();
    const [answer] = await connection.answers(1);
    expect(answer?.headers).toMatchObject({ connection: 'close', 'content-encoding': 'gzip' });
    await connection.closed;
    await idle;
  });

  it('is sent uncompressed if the compression fails, and the failure is reported', async () => {
    const { url, failures } = await startHttpServer(
      () => new Response(long, inJson),
      undefined,
      [],
      { gzip: () => Promise.reject(new Error('out of memory')) },
    );
    for (let count = 1; count <= 2; count += 1) {
      const answer = await sendAsIs(graphql(url), { headers: { 'accept-encoding': 'gzip' } });
      expect(answer).toMatchObject({ status: 200, bytes: Buffer.from(long) });
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(failures).toHaveLength(count);
    }
    expect(failures[0]?.cause).toMatchObject({ cause: { message: 'out of memory' } });
  });
});
