import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { ampleQuota } from '../support/gateway/ample-quota.ts';
import { createAsk } from '../support/gateway/gateway.ts';
import { startReadyGateway } from '../support/gateway/gateway-process.ts';

const query = `{ enrollmentTokens(first: 50) { totalCount pageInfo { endCursor } nodes {
  sourceId displayName tags state user { email name } policyAssignments { priority policy { name } }
} } }`;

/** Prints each collection, with the bytes allocated since the last one and the bytes that survived a second one. */
const printCollections =
  "data:text/javascript,import v8 from 'node:v8';v8.setFlagsFromString('--trace-gc-nvp')";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 120 });
});
afterAll(() => sandbox.close());

it('the memory of an operation is collected soon after its end', async () => {
  const { baseUrl } = await sandbox.listen();
  const gateway = await startReadyGateway({
    APPLIVERY_BASE_URL: baseUrl,
    APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
    ...ampleQuota,
    LOG_LEVEL: 'error',
    NODE_OPTIONS: `--import="${printCollections}"`,
  });
  const ask = createAsk(gateway.url, `Bearer ${sandbox.apiKey}`);
  const askOften = async (times: number) => {
    for (let time = 0; time < times; time += 1) {
      const { data, errors } = await ask(query);
      expect(errors).toEqual([]);
      expect(data.enrollmentTokens.nodes).toHaveLength(50);
    }
  };
  await askOften(60);
  const begun = gateway.output().length;
  await askOften(120);
  expect(await gateway.stop()).toBe(0);

  const collections =
    gateway
      .output()
      .slice(begun)
      .match(/ gc=s .*/g) ?? [];
  const sum = (field: string) =>
    collections.reduce(
      (total, line) => total + Number(new RegExp(` ${field}=(\\d+)`).exec(line)?.[1]),
      0,
    );
  expect(collections.length).toBeGreaterThan(3);
  expect(sum('promoted') / sum('allocated')).toBeLessThan(0.06);
});
