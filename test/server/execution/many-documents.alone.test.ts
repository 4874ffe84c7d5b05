import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { createAsk } from '../../support/gateway/gateway.ts';
import { startReadyGateway } from '../../support/gateway/gateway-process.ts';
import { postJson } from '../../support/http/post-json.ts';
import { secret, serviceEnvironment, signToken } from '../auth/callers.ts';
import { type DocumentFlood, documentFloods } from './many-documents.ts';

const connections = 8;
const page = '{ enrollmentTokens { totalCount } }';

let directory: string;
let sandbox: Sandbox;
let baseUrl: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'documents-'));
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  ({ baseUrl } = await sandbox.listen());
});
afterAll(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true });
});

const environmentOf = async (mode: DocumentFlood['mode']): Promise<Record<string, string>> => {
  const common = {
    APPLIVERY_BASE_URL: baseUrl,
    APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
    LOG_LEVEL: 'silent',
  };
  switch (mode) {
    case 'passthrough':
      return common;
    case 'service':
      return {
        ...common,
        ...serviceEnvironment,
        JWT_SECRET: secret,
        APPLIVERY_API_KEY: sandbox.apiKey,
      };
    case 'trusted documents': {
      const path = join(directory, 'trusted.json');
      await writeFile(path, JSON.stringify({ page }));
      return { ...common, TRUSTED_DOCUMENTS_FILE: path };
    }
    default:
      return mode satisfies never;
  }
};

/** Sends all variants over a few connections. Resolves with the different outcomes. */
const flood = async (url: string, { document, variants }: DocumentFlood): Promise<string[]> => {
  const outcomes = new Set<string>();
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < variants) {
      const query = document(next);
      next += 1;
      const accept = 'application/graphql-response+json';
      const response = await postJson(url, { query }, { accept });
      const code = /"code":"(\w+)"/.exec(await response.text())?.[1] ?? 'OK';
      outcomes.add(`${response.status} ${code}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, send));
  return [...outcomes];
};

describe('a gateway with a small heap', () => {
  it.each(documentFloods)('survives $name, hundreds of times ($mode)', async (given) => {
    const { mode, gives } = given;
    const gateway = await startReadyGateway(await environmentOf(mode), [
      `--max-old-space-size=${given.heap}`,
    ]);
    expect(await flood(gateway.url, given)).toEqual([gives]);
    const key = `Bearer ${sandbox.apiKey}`;
    const ask = createAsk(gateway.url, mode === 'service' ? await signToken() : key);
    expect((await ask(page)).data).toEqual({ enrollmentTokens: { totalCount: 30 } });
    expect(await gateway.stop()).toBe(0);
  });
});
