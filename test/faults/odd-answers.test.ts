import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { type OddAnswer, oddAnswers } from './cases/odd-answer-cases.ts';
import { type FaultyApi, startFaultyApi } from './faulty-api.ts';

let sandbox: Sandbox;
let api: FaultyApi;
let gateway: Gateway;

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  api = await startFaultyApi((await sandbox.listen()).baseUrl);
  gateway = await startGateway({
    baseUrl: api.baseUrl,
    organization: sandbox.organizationId,
    apiKey: sandbox.apiKey,
  });
});

afterAll(async () => {
  await gateway.close();
  await api.close();
  await sandbox.close();
});

const isOddAnswer = (name: string): name is OddAnswer => name in oddAnswers;

it.each(Object.keys(oddAnswers).filter(isOddAnswer))('%s is read in one call', async (name) => {
  api.reset();
  api.break(/^GET .*windows.*enrollment-tokens/, oddAnswers[name]);
  const { data, errors } = await gateway.ask(
    '{ enrollmentTokens(first: 3) { nodes { sourceId platform } sources { status } } }',
  );
  expect(errors).toEqual([]);
  const { nodes, sources } = data.enrollmentTokens;
  expect(sources).toEqual([{ status: 'OK' }, { status: 'OK' }]);
  expect(nodes[0]).toEqual({ sourceId: '6b0000000000000000000abc', platform: 'WINDOWS' });
  expect(nodes).toHaveLength(3);
  expect(api.requests()).toHaveLength(2);
});
