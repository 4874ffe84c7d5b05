import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { openRaw, rawRequest } from '../../support/http/raw-http.ts';

let gateway: ReadyGateway;

beforeAll(async () => {
  gateway = await startReadyGateway();
});
afterAll(() => gateway.stop());

it.each([
  ['CONNECT', rawRequest('CONNECT gateway:443', { Host: 'gateway:443' })],
])('the process survives clients that reset their connection after %s', async (_name, bytes) => {
  for (let count = 0; count < 200; count += 1) {
    const connection = openRaw(gateway.url);
    await Promise.race([connection.connected, connection.closed]);
    connection.socket.write(bytes);
    if (count % 2 === 1) await new Promise(setImmediate);
    connection.socket.resetAndDestroy();
    await connection.closed;
  }
  const answer = await fetch(new URL('/health/live', gateway.url));
  expect(answer.status).toBe(200);
});
