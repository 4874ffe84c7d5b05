import { vi } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Document } from '../../../src/sandbox/json.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { readLoad } from '../../server/subscriptions/following.ts';
import { ampleQuota } from '../../support/gateway/ample-quota.ts';
import { createAsk, type Gateway } from '../../support/gateway/gateway.ts';
import { type GatewayProcess, startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { freePort } from '../../support/http/free-port.ts';

/** The built gateway on a port of its own, which stops and comes back, in front of a sandbox that keeps running. */
export interface LiveGateway {
  readonly url: string;
  readonly sandbox: Sandbox;
  readonly ask: Gateway['ask'];
  readonly start: () => Promise<void>;
  /** Stops it with this signal. SIGTERM completes its streams, SIGKILL breaks them. */
  readonly stop: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>;
  /** What the running process, or the last one, has written. */
  readonly output: () => string;
  /** Waits until this many streams are open. */
  readonly untilFollowed: (streams: number) => Promise<void>;
  /** Stores a token in the sandbox, as another client of the API does. */
  readonly create: (displayName: string) => Document;
  /** Changes a token in the sandbox. */
  readonly change: (token: Document, state: 'DONE' | 'DELETED') => void;
  readonly close: () => Promise<void>;
}

/** A sandbox that listens. */
export interface LiveSandbox {
  readonly sandbox: Sandbox;
  readonly baseUrl: string;
}

export const startLiveSandbox = async (): Promise<LiveSandbox> => {
  const sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 60 });
  return { sandbox, baseUrl: (await sandbox.listen()).baseUrl };
};

/** Starts a gateway in front of a sandbox of its own, which it closes at the end, or of a given one. */
export const startLiveGateway = async (
  environment: Readonly<Record<string, string>> = {},
  shared: LiveSandbox | null = null,
): Promise<LiveGateway> => {
  const { sandbox, baseUrl } = shared ?? (await startLiveSandbox());
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/graphql`;
  let gateway: GatewayProcess;

  const start = async (): Promise<void> => {
    gateway = await startReadyGateway({
      PORT: String(port),
      APPLIVERY_BASE_URL: baseUrl,
      APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
      LIVE_INTERVAL_SECONDS: '1',
      LOG_LEVEL: 'error',
      ...ampleQuota,
      ...environment,
    });
  };
  const stop = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    gateway.kill(signal);
    await gateway.ended;
  };
  await start();
  return {
    url,
    sandbox,
    ask: createAsk(url, `Bearer ${sandbox.apiKey}`),
    start,
    stop,
    output: () => gateway.output(),
    untilFollowed: async (streams) => {
      await vi.waitUntil(async () => (await readLoad(url)).subscribers === streams, {
        timeout: 10_000,
        interval: 50,
      });
    },
    create: (displayName) => sandbox.addToken('windows', { displayName }),
    change: ({ id }, state) => {
      sandbox.platform('windows').tokens.patch(id, { state, updatedAt: new Date().toISOString() });
    },
    close: async () => {
      await stop('SIGKILL');
      if (shared === null) await sandbox.close();
    },
  };
};
