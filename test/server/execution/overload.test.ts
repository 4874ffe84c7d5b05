import { Pool } from 'undici';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ReadyGateway, startReadyGateway } from '../../support/gateway/gateway-process.ts';

const clients = 250;
const query = '{"query":"{ __schema { types { name fields { name } } } }"}';

let gateway: ReadyGateway;
let pool: Pool;

beforeAll(async () => {
  // An operation waits for at most a third of this.
  gateway = await startReadyGateway({ REQUEST_TIMEOUT_MS: '60' });
  pool = new Pool(new URL(gateway.url).origin, { connections: clients });
});
afterAll(async () => {
  await pool.close();
  await gateway.stop();
});

/** Each client has its own key, so that no query is shared. */
const ask = async (client: number, body: string) => {
  const response = await pool.request({
    method: 'POST',
    path: '/graphql',
    headers: {
      accept: 'application/graphql-response+json',
      authorization: `Bearer key-${client}`,
      'content-type': 'application/json',
    },
    body,
  });
  const text = await response.body.text();
  const { data, errors } = JSON.parse(text);
  return { status: response.statusCode, data, errors };
};

const askAll = (body: string) =>
  Promise.all(Array.from({ length: clients }, (_none, client) => ask(client, body)));

it('an overloaded gateway answers some operations completely and refuses the others with a retry time', async () => {
  // Opens the connections.
  await askAll('{"query":"{ __typename }"}');
  const answers = await askAll(query);

  const whole = answers.filter(({ status }) => status === 200);
  const refused = answers.filter(({ status }) => status !== 200);
  expect(whole.length).toBeGreaterThan(0);
  expect(refused.length).toBeGreaterThan(0);
  expect(new Set(whole.map(({ errors }) => errors))).toEqual(new Set([undefined]));
  for (const { status, data, errors } of refused) {
    expect(status).toBe(503);
    expect(data).toBeUndefined();
    expect(errors).toEqual([
      expect.objectContaining({
        message: expect.stringContaining('has not started'),
        extensions: {
          code: 'RATE_LIMITED',
          retryAfterSeconds: 1,
          requestId: expect.any(String),
        },
      }),
    ]);
  }
  // It has recovered at once.
  expect(await ask(0, query)).toMatchObject({ status: 200 });
});
