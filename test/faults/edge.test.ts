import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createAsk } from '../support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from '../support/gateway/gateway-process.ts';
import { parseLogLines } from '../support/gateway/log-lines.ts';
import { sendRaw } from '../support/http/raw-http.ts';
import type { Loose } from '../support/loose.ts';
import { edgeCases } from './cases/edge-cases.ts';

let gateway: ReadyGateway;

beforeAll(async () => {
  gateway = await startReadyGateway({ NODE_ENV: 'production', SANDBOX: 'true' });
});
afterAll(() => gateway.stop());

/** The log lines that contain a request id. */
const linesOf = (requestId: string): Loose[] =>
  parseLogLines(gateway.output()).filter((line) => JSON.stringify(line).includes(requestId));

it.each(edgeCases)('$name gives $gives', async ({ gives, bytes }) => {
  const { status, headers, body } = await sendRaw(gateway.url, bytes);
  const [{ message, extensions }] = JSON.parse(body).errors;
  expect(`${status} ${extensions.code}`).toBe(gives);
  expect(message).toMatch(/^[A-Z].*\.$/);
  expect(body).not.toMatch(/planted|node_modules|\.[jt]s:/);
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': extensions.requestId,
  });
  if (status === 415) expect(headers['accept-encoding']).toBe('gzip, deflate, br');
  const lines = await vi.waitUntil(() => {
    const found = linesOf(extensions.requestId);
    return found.length > 0 ? found : null;
  });
  expect(lines).toMatchObject([
    { msg: 'operation', kind: 'none', outcome: extensions.code, upstreamCalls: 0 },
  ]);

  const after = await createAsk(gateway.url, null)('{ __typename }');
  expect(after.errors).toEqual([]);
});
