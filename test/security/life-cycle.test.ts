import { createServer } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { type LifeCycleName, lifeCycle } from '../faults/cases/life-cycle-cases.ts';
import { createAsk } from '../support/gateway/gateway.ts';
import { startGatewayProcess, startReadyGateway } from '../support/gateway/gateway-process.ts';
import { findLogLines } from '../support/gateway/log-lines.ts';
import { listen } from '../support/http/listen.ts';

const nameOf = (name: LifeCycleName): string => `${name}: ${lifeCycle[name]}`;

/** No server listens at this address. */
const nowhere = '127.0.0.1:1';
const list = '{ enrollmentTokens(first: 1) { totalCount } }';

/** Causes an unhandled failure in a process when it has printed that it is ready. */
const failing = (how: string): string =>
  `--import=data:text/javascript,${encodeURIComponent(
    `const timer = setInterval(() => { if (process.stdout.bytesWritten === 0) return; clearInterval(timer); const error = new Error('because of Bearer ' + 'q7'.repeat(8)); ${how} }, 20);`,
  )}`;

const untilGone = async (url: string): Promise<void> => {
  for (;;) {
    try {
      await fetch(new URL('/health/live', url));
    } catch {
      return;
    }
  }
};

describe('a gateway as a process', { timeout: 90_000 }, () => {
  it(nameOf('neither the API nor Redis is reachable at the start'), async () => {
    const gateway = await startReadyGateway({
      NODE_ENV: 'production',
      APPLIVERY_BASE_URL: `http://${nowhere}/v1`,
      APPLIVERY_ORGANIZATION_ID: 'acme-company',
      REDIS_URL: `redis://:planted-password-1@${nowhere}`,
      SHARED_SECRET: 'planted-secret-of-replicas-1',
    });
    const { url } = gateway;
    expect((await fetch(new URL('/health/ready', url))).status).toBe(200);
    const answer = await createAsk(url, 'Bearer planted-credential-1')(list);
    expect(answer.errors.map(({ extensions }) => extensions['code'])).toEqual([
      'UPSTREAM_UNAVAILABLE',
    ]);
    expect((await createAsk(url, null)('{ _service { sdl } }')).errors).toEqual([]);
    expect((await fetch(new URL('/health/ready', url))).status).toBe(200);
    expect(await gateway.stop()).toBe(0);
    expect(gateway.output()).toContain('redis cannot be reached');
    expect(gateway.output()).not.toContain('planted');
  });

  it(nameOf('SIGTERM while an operation waits for an API that does not answer'), async () => {
    const asked: string[] = [];
    const silent = createServer(({ url = '' }) => asked.push(url));
    const port = await listen(silent);
    const gateway = await startReadyGateway({
      APPLIVERY_BASE_URL: `http://127.0.0.1:${port}/v1`,
      APPLIVERY_ORGANIZATION_ID: 'a'.repeat(24),
      UPSTREAM_TIMEOUT_MS: '1000',
    });
    const answer = createAsk(gateway.url, 'Bearer planted-credential-1')(list);
    await vi.waitFor(() => expect(asked).toHaveLength(2), { timeout: 10_000 });
    const ended = gateway.stop();
    const { errors } = await answer;
    expect(errors.map(({ extensions }) => extensions['code'])).toEqual(['UPSTREAM_TIMEOUT']);
    expect(await ended).toBe(0);
    expect(asked).toHaveLength(2);
    silent.closeAllConnections();
    silent.close();
  });

  it.each<[LifeCycleName, string]>([
    ['an uncaught exception', 'throw error;'],
    ['an unhandled rejection', 'Promise.reject(error);'],
  ])('%s: one line of the log, and the end', async (_name, how) => {
    const gateway = await startGatewayProcess({ NODE_OPTIONS: failing(how) });
    if (gateway.url !== null) await untilGone(gateway.url);
    expect(await gateway.stop()).toBe(1);
    const [line] = findLogLines(gateway.output(), 'an unexpected error ended the process');
    expect(line).toMatchObject({ level: 60, err: { type: 'Error' } });
    expect(JSON.stringify(line)).not.toContain('q7q7');
  });

  it.each<[LifeCycleName, Readonly<Record<string, string>>, string]>([
    [
      'service mode without a way to identify callers',
      { AUTH_MODE: 'service' },
      'JWT_ISSUER is required',
    ],
    [
      'a missing file of trusted documents',
      { TRUSTED_DOCUMENTS_FILE: '/nowhere/documents.json' },
      'does not exist',
    ],
  ])('%s: it does not start', async (_name, environment, fault) => {
    const gateway = await startGatewayProcess(environment);
    expect(gateway.url).toBeNull();
    expect(await gateway.stop()).toBe(1);
    expect(gateway.output()).toContain(fault);
  });
});
