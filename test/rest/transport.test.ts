import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { UnauthenticatedError } from '../../src/domain/errors.ts';
import { toCredential } from '../../src/domain/operation.ts';
import type { UpstreamRequest } from '../../src/rest/request.ts';
import {
  type Answer,
  connect,
  failureOf,
  json,
  organizationId,
  raw,
  refusal,
  startOperation,
  startServer,
  userId,
} from './harness.ts';

const getUser: UpstreamRequest = {
  method: 'GET',
  path: '/organizations/{organizationId}/mdm/users/{mdmUserId}',
  parameters: { organizationId, mdmUserId: userId },
};
const createToken: UpstreamRequest = {
  method: 'POST',
  path: '/organizations/{organizationId}/tokens',
  parameters: { organizationId },
  body: { name: 'Zoë' },
};
const named = z.object({ name: z.string() });
const ok = json({ status: true, data: { name: 'Ada' } });

const once = async (answer: Answer, request = getUser, options = {}) => {
  const server = await startServer(answer);
  const operation = startOperation();
  const result = connect(server.baseUrl, options).exchange(operation, request, named);
  return { result, server, operation };
};

describe('a request', () => {
  it('carries the credential and its Accept headers, and is reported to the operation', async () => {
    const { result, server, operation } = await once(ok, {
      ...getUser,
      query: { sort: 'createdAt:desc', search: 'a b&c' },
    });
    await expect(result).resolves.toEqual({ name: 'Ada' });
    expect(server.seen).toMatchObject([
      {
        method: 'GET',
        url: `/v1/organizations/${organizationId}/mdm/users/${userId}?sort=createdAt%3Adesc&search=a+b%26c`,
        headers: {
          authorization: 'Bearer key-of-the-caller',
          accept: 'application/json',
          'user-agent': 'enrollment-gateway',
        },
      },
    ]);
    expect(operation.calls).toMatchObject([
      {
        method: 'GET',
        path: '/organizations/{organizationId}/mdm/users/{mdmUserId}?sort=createdAt%3Adesc&search=a+b%26c',
        status: 200,
        cause: 'lookup',
      },
    ]);
    expect(operation.calls[0]?.durationMs).toBeGreaterThan(0);
  });

  it('sends its body as JSON', async () => {
    const { result, server } = await once(ok, createToken);
    await result;
    expect(server.seen).toMatchObject([
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"Zoë"}' },
    ]);
  });

  it('is not made if the caller has no credential', async () => {
    const server = await startServer(ok);
    const operation = startOperation();
    Object.defineProperty(operation, 'credential', {
      get: () => {
        throw new UnauthenticatedError('Send a key.');
      },
    });
    const failed = connect(server.baseUrl).exchange(operation, getUser, named);
    await expect(failed).rejects.toThrow(UnauthenticatedError);
    expect(server.seen).toEqual([]);
  });

  it.each([
    'Bearer a\r\nx-admin: 1',
    'Bearer \u0000',
    '',
  ])('is not made with a credential that is no header value: %j', async (credential) => {
    const server = await startServer(ok);
    const operation = startOperation({ credential: toCredential(credential) });
    const failed = connect(server.baseUrl).exchange(operation, getUser, named);
    await expect(failed).rejects.toThrow(UnauthenticatedError);
    expect(server.seen).toEqual([]);
  });

  it.each([
    '..',
    '../../users',
    'string',
    `${userId}/x`,
    '',
    `${userId}\n`,
    '%2e%2e',
  ])('never puts the id %j into a path', async (mdmUserId) => {
    const { result, server } = await once(ok, {
      ...getUser,
      parameters: { organizationId, mdmUserId },
    });
    expect(await failureOf(result)).toMatchObject({ code: 'NOT_FOUND' });
    expect(server.seen).toEqual([]);
  });

  it.each([
    '..',
    'a/b',
    'ab',
    'x'.repeat(129),
  ])('never puts the organization %j into a path', async (name) => {
    const { result, server } = await once(ok, {
      ...getUser,
      parameters: { organizationId: name, mdmUserId: userId },
    });
    expect(await failureOf(result)).toMatchObject({
      code: 'INPUT_REJECTED',
      faults: [{ path: ['organizationId'] }],
    });
    expect(server.seen).toEqual([]);
  });

  it('reuses its connection', async () => {
    const ports = new Set<number | undefined>();
    const server = await startServer((response, request) => {
      ports.add(response.socket?.remotePort);
      ok(response, request);
    });
    const transport = connect(server.baseUrl, { concurrency: 1 });
    for (let call = 0; call < 5; call++) {
      await transport.exchange(startOperation(), getUser, named);
    }
    expect(ports.size).toBe(1);
  });
});

describe('an answer', () => {
  const body = JSON.stringify({ status: true, data: { name: 'Ada' } });
  const large = body + ' '.repeat(2_000);

  it.each([
    ['with status 201', raw(body, 201)],
    ['without a content type', raw(body)],
    ['with the content type of a text', raw(body, 200, { 'content-type': 'text/html' })],
    ['without the field status', json({ data: { name: 'Ada' } })],
    ['without an envelope', json({ name: 'Ada' })],
    ['with a byte order mark', raw(`\uFEFF${body}`)],
    ['packed by gzip', raw(gzipSync(body), 200, { 'content-encoding': 'gzip' })],
    ['packed by brotli', raw(brotliCompressSync(body), 200, { 'content-encoding': 'br' })],
    [
      'packed twice',
      raw(brotliCompressSync(gzipSync(body)), 200, { 'content-encoding': 'gzip, br' }),
    ],
    [
      'packed twice alike',
      raw(gzipSync(gzipSync(body)), 200, { 'content-encoding': 'gzip, gzip' }),
    ],
    [
      'packed once and named in two lines',
      raw(gzipSync(body), 200, { 'content-encoding': ['gzip', 'x-gzip'] }),
    ],
    [
      'packed in the order of two lines',
      raw(brotliCompressSync(gzipSync(body)), 200, { 'content-encoding': ['gzip', 'br'] }),
    ],
    [
      'packed, with identity in another line',
      raw(gzipSync(body), 200, { 'content-encoding': ['identity', 'gzip'] }),
    ],
    [
      'plain with two lines of identity',
      raw(body, 200, { 'content-encoding': ['identity', 'Identity'] }),
    ],
    ['plain with a coding that is none', raw(body, 200, { 'content-encoding': 'UTF-8' })],
    ['plain with an empty coding', raw(body, 200, { 'content-encoding': ' , ' })],
  ])('is read %s', async (_how, answer) => {
    const { result } = await once(answer);
    await expect(result).resolves.toEqual({ name: 'Ada' });
  });

  it('with bytes that are not UTF-8 loses only those characters', async () => {
    const { result } = await once(
      raw(
        Buffer.concat([
          Buffer.from('{"data":{"name":"Ad'),
          Buffer.from([0xff]),
          Buffer.from('"}}'),
        ]),
      ),
    );
    await expect(result).resolves.toEqual({ name: 'Ad\uFFFD' });
  });

  it.each([
    '{"data":{"name":"Ada","__proto__":{"admin":true}}}',
    '{"data":{"name":"Ada","\\u005f_proto__":{"admin":true}}}',
  ])('leaves out keys that name a prototype: %s', async (text) => {
    const server = await startServer(raw(text));
    const data = await connect(server.baseUrl).exchange(startOperation(), getUser, z.unknown());
    expect(JSON.stringify(data)).toBe('{"name":"Ada"}');
    expect(data).not.toHaveProperty('admin');
  });

  it('is read after early hints', async () => {
    const { result } = await once((response, request) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      ok(response, request);
    });
    await expect(result).resolves.toEqual({ name: 'Ada' });
  });

  it('without a body is a success if none is expected', async () => {
    const server = await startServer(raw('', 204));
    const data = await connect(server.baseUrl).exchange(startOperation(), getUser, z.unknown());
    expect(data).toBeUndefined();
  });

  it.each<readonly [string, Answer]>([
    ['HTML under 200', raw('<html>key-of-the-caller</html>', 200, { 'content-type': 'text/html' })],
    ['HTML that claims to be JSON', raw('<html>', 200, { 'content-type': 'application/json' })],
    ['nothing under 200', raw('')],
    ['a cut JSON text', raw(body.slice(0, -5))],
    ['data of another shape', json({ status: true, data: { name: 7 } })],
    ['null', raw('null')],
    ['status false with a code unknown here', json({ status: false, error: { code: 77 } })],
    ['status false without an error', json({ status: false })],
    ['an unknown encoding', raw(body, 200, { 'content-encoding': 'zstd' })],
    ['two encodings', raw(gzipSync(body), 200, { 'content-encoding': 'gzip, br' })],
    ['broken gzip', raw(gzipSync(body).subarray(0, 20), 200, { 'content-encoding': 'gzip' })],
    ['HTML under 404', raw('<html>', 404)],
    ['HTML under 400', raw('<html>', 400)],
    ['a redirect', raw('', 302, { location: '/elsewhere' })],
    ['a permanent redirect', raw('', 308, { location: 'http://127.0.0.1:1/' })],
  ])('of %s is a broken contract', async (_what, answer) => {
    const { result, server, operation } = await once(answer);
    expect(await failureOf(result)).toMatchObject({ code: 'CONTRACT_BROKEN', retryable: true });
    expect(server.seen).toHaveLength(1);
    expect(operation.calls).toHaveLength(1);
  });

  it.each<readonly [string, Answer]>([
    ['announced by its length', raw(large)],
    [
      'in chunks',
      (response) => {
        response.write(large.slice(0, 900));
        response.end(large.slice(900));
      },
    ],
    ['only once it is decompressed', raw(gzipSync(large), 200, { 'content-encoding': 'gzip' })],
    [
      'only once it is decompressed from brotli',
      raw(brotliCompressSync(large), 200, { 'content-encoding': 'br' }),
    ],
  ])('that is too large %s is a broken contract', async (_how, answer) => {
    const { result } = await once(answer, getUser, { maxResponseBytes: 1_500 });
    expect(await failureOf(result)).toMatchObject({ code: 'CONTRACT_BROKEN' });
  });

  it('that is too large leaves the connections usable', async () => {
    let large = true;
    const server = await startServer((response, request) => {
      (large ? raw('x'.repeat(100_000)) : ok)(response, request);
      large = false;
    });
    const transport = connect(server.baseUrl, { maxResponseBytes: 1_000, concurrency: 1 });
    await failureOf(transport.exchange(startOperation(), getUser, named));
    await expect(transport.exchange(startOperation(), getUser, named)).resolves.toBeDefined();
  });

  it.each<readonly [string, Answer, string]>([
    ['HTML under 502', raw('<html>', 502), 'UPSTREAM_UNAVAILABLE'],
    ['a large body under 503', raw('x'.repeat(2_000), 503), 'UPSTREAM_UNAVAILABLE'],
    ['HTML under 401', raw('<html>', 401), 'UNAUTHENTICATED'],
    ['status false under 200', refusal(200, 5050), 'PLAN_LIMIT'],
    [
      'a refusal that breaks off',
      (response) => {
        response.writeHead(403, { 'content-length': '100' });
        response.write('{"status":', () => response.destroy());
      },
      'FORBIDDEN',
    ],
    ['a missing entity', refusal(404, 3001), 'NOT_FOUND'],
    ['a missing route', refusal(404, 1002), 'NOT_SUPPORTED'],
  ])('of %s is what it says', async (_what, answer, code) => {
    const { result } = await once(answer, getUser, { maxResponseBytes: 1_500 });
    expect(await failureOf(result)).toMatchObject({ code });
  });

  it('never appears in the error with its own text', async () => {
    const secret = 'https://app.example/enroll/SECRET';
    const answers = [
      raw(`<html>${secret}</html>`),
      raw(`{"${secret}`),
      json({ status: false, error: { code: 1, message: secret, data: secret } }, 400),
      json({ status: true, data: { name: { [secret]: secret } } }),
      json({ status: false, error: { code: 1000, message: secret } }, 500),
    ];
    for (const answer of answers) {
      const error = await failureOf((await once(answer)).result);
      const told = [];
      for (let cause = error; cause instanceof Error; cause = cause.cause) {
        told.push(cause.message, cause.stack, JSON.stringify(cause));
      }
      expect(told.join('\n')).not.toContain('SECRET');
    }
  });
});

describe('no answer', () => {
  it('because nobody listens: the request was not sent', async () => {
    const transport = connect('http://127.0.0.1:1/v1');
    const operation = startOperation();
    expect(await failureOf(transport.exchange(operation, createToken, named))).toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      reason: 'unreachable',
      mayHaveArrived: false,
    });
    expect(operation.calls[0]).toMatchObject({ status: null });
  });

  it.each<readonly [string, Answer]>([
    ['before the headers', (response) => response.destroy()],
    [
      'within the body',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"data":', () => response.destroy());
      },
    ],
  ])('because the connection broke %s: it may have arrived', async (_when, answer) => {
    const { result } = await once(answer, createToken);
    expect(await failureOf(result)).toMatchObject({
      reason: 'unreachable',
      mayHaveArrived: true,
    });
  });

  /** Enough time to send a request, even on a busy machine. */
  const leavesWithinMs = 500;

  it.each<readonly [string, Answer]>([
    ['stays silent', () => {}],
    ['stops within the body', (response) => response.write('{"data":')],
    [
      'drips',
      (response) => {
        const timer = setInterval(() => response.write(' '), 5);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('because the server %s: ended at the timeout', async (_what, answer) => {
    const { result, operation } = await once(answer, createToken, {
      upstreamTimeoutMs: leavesWithinMs,
    });
    expect(await failureOf(result)).toMatchObject({ reason: 'timeout', mayHaveArrived: true });
    expect(operation.calls).toHaveLength(1);
  });

  it('because the operation has no time left', async () => {
    const server = await startServer(() => {});
    const transport = connect(server.baseUrl, { upstreamTimeoutMs: 60_000 });
    const late = startOperation({ deadlineMs: performance.now() + leavesWithinMs });
    expect(await failureOf(transport.exchange(late, createToken, named))).toMatchObject({
      reason: 'timeout',
      mayHaveArrived: true,
    });
    const tooLate = startOperation({ deadlineMs: performance.now() - 1 });
    expect(await failureOf(transport.exchange(tooLate, createToken, named))).toMatchObject({
      reason: 'timeout',
      mayHaveArrived: false,
    });
    expect(server.seen).toHaveLength(1);
    expect(tooLate.calls).toEqual([]);
  });

  it('because the client left: a read ends at once, and so does its connection', async () => {
    const leaving = new AbortController();
    let isClosed = false;
    const server = await startServer((response) => {
      response.on('close', () => {
        isClosed = true;
      });
      leaving.abort();
    });
    const operation = startOperation({ signal: leaving.signal });
    const failed = failureOf(connect(server.baseUrl).exchange(operation, getUser, named));
    expect(await failed).toMatchObject({ reason: 'aborted' });
    await vi.waitFor(() => expect(isClosed).toBe(true), { interval: 2 });
  });

  it('a write that was sent goes on when the client leaves', async () => {
    const leaving = new AbortController();
    const server = await startServer((response, request) => {
      leaving.abort();
      setImmediate(() => ok(response, request));
    });
    const operation = startOperation({ signal: leaving.signal });
    const written = connect(server.baseUrl).exchange(operation, createToken, named);
    await expect(written).resolves.toEqual({ name: 'Ada' });
  });

  it('because the client left before a write: it is not sent', async () => {
    const server = await startServer(ok);
    const operation = startOperation({ signal: AbortSignal.abort() });
    const failed = failureOf(connect(server.baseUrl).exchange(operation, createToken, named));
    expect(await failed).toMatchObject({ reason: 'aborted', mayHaveArrived: false });
    expect(server.seen).toEqual([]);
    expect(operation.calls).toEqual([]);
  });
});
