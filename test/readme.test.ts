import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAsk } from './support/gateway/gateway.ts';
import { type ReadyGateway, startReadyGateway } from './support/gateway/gateway-process.ts';
import { createPrintedValues, type PrintedValues } from './support/gateway/printed-values.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

/** Every operation of the README with the answer below it. */
const examples = [...readme.matchAll(/```graphql\n(.*?)```\s+```json\n(.*?)```/gs)].map(
  ([, operation = '', answer = '']) => ({
    name: /(?:query|mutation) (\w+)/.exec(operation)?.[1] ?? '',
    operation,
    answer: JSON.parse(answer) as { readonly data: unknown },
  }),
);

describe("the README's operations, with no account and no header", () => {
  let gateway: ReadyGateway;
  let values: PrintedValues;

  beforeAll(async () => {
    values = createPrintedValues(Date.now());
    gateway = await startReadyGateway();
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
  });

  it('give the printed answers, one after the other', async () => {
    const ask = createAsk(gateway.url, null);
    const variables: Record<string, unknown> = {};
    for (const { name, operation, answer } of examples) {
      const { data, errors } = await ask(operation, { variables });
      expect({ name, data, errors }).toEqual({
        name,
        data: values.toExpectation(answer.data),
        errors: [],
      });
      if (name === 'UserAndPolicy') {
        variables['userId'] = data.mdmUser.id;
        variables['policyId'] = data.mdmPolicies.nodes[0].id;
      }
    }
    expect(examples.map(({ name }) => name)).toEqual(['NewestTokens', 'UserAndPolicy', 'Invite']);
  });
});

it('the README has at most 180 lines', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThanOrEqual(180);
});
