import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { createLogger } from '../../src/server/telemetry/logging.ts';
import { createRedaction } from '../../src/server/telemetry/redaction.ts';
import { serviceEnvironment } from '../server/auth/callers.ts';
import { startWorld, type World } from '../support/gateway/gateway.ts';
import { createSecretWatch, secretsOfSandbox } from '../support/gateway/secret-watch.ts';
import { hasRedisServer, startRedisServer } from '../support/redis/redis-server.ts';

const key = 'k3y-0f-an-Account_9f8e7d6c5b4a';
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2lnbmF0dXJl-9_x';

describe('a line of the log', () => {
  const logged = (error: unknown): string => {
    const lines: string[] = [];
    const logger = createLogger('info', createRedaction([key]), (line) => lines.push(line));
    logger.error({ err: error }, 'a resolver failed unexpectedly');
    return lines.join('');
  };

  it.each<[string, string, string]>([
    ['a header', 'sent Authorization: Bearer abc.DEF_123-456', 'abc.DEF_123-456'],
    ['basic credentials', 'Authorization: Basic dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['a JSON web token by itself', `got ${jwt}`, 'c2lnbmF0dXJl'],
    ['a secret of the configuration', `with ${key} at the end`, key],
    [
      'an enrollment link',
      'see https://mdm.example.com/enroll?token=0123456789abcdef',
      '0123456789abcdef',
    ],
    [
      'a link with the credential in its path',
      'https://mdm.example.com/e/0123456789abcdef',
      '0123456789abcdef',
    ],
    ['the user information of a URL', 'https://user:hunter22@example.com/x', 'hunter22'],
    ['the password of a connection', 'redis://:hunter22@127.0.0.1:6379', 'hunter22'],
    ['a code within JSON', '{"enrollCode": "QWE-RTY-123"}', 'QWE-RTY-123'],
    ['a password within JSON', '{"certificates":[{"password":"hunter22"}]}', 'hunter22'],
  ])('shows nothing of %s', (_name, message, secret) => {
    const cause = new Error(`because ${message}`);
    const line = logged(Object.assign(new Error(message, { cause }), { detail: message }));
    expect(line).toContain('a resolver failed unexpectedly');
    expect(line).not.toContain(secret);
    expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  // The names of credentials in the API, in the gateway and in requests.
  const fields = [
    ...['authorization', 'Authorization', 'apiKey', 'authToken', 'password'],
    ...['enrollCode', 'enrollmentCode', 'enrollmentLink', 'enrollmentQrCode'],
  ];

  it.each(fields)('does not contain the field %s of an object or of a text', (name) => {
    // Not links, so that only the name of the field reveals them, and with characters that JSON escapes.
    const values = ['CANARY word-7', 'CANARY"word-7', 'CANARY\\word-7', '\\"CANARY\n\\\\"word-7\\'];
    const items = values.map((value) => ({ [name]: value }));
    const object = { before: 'kept', items, after: 'kept' };
    for (const error of [
      Object.assign(new Error('odd'), { body: object }),
      new Error(`odd: ${JSON.stringify(object)}`),
      new Error(`odd: ${JSON.stringify(object, null, 2)}`),
    ]) {
      const line = logged(error);
      expect(line).not.toMatch(/CANARY|word-7/);
      expect(line.match(/kept/g)?.length).toBeGreaterThanOrEqual(2);
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
  });

  it.each([
    ['Bearer', 'bearer abc.DEF_123-456~+/=', 'abc.DEF_123-456'],
    ['Basic', 'BASIC dXNlcjpwYXNz', 'dXNlcjpwYXNz'],
    ['a JSON web token, with its signature', `got ${jwt}`, jwt.split('.').at(-1) ?? ''],
    ['a link over plain HTTP', 'see http://mdm.example.com/e/0123456789abcdef', '0123456789abcdef'],
    ['a link whose query follows the host', 'https://mdm.example.com?t=0123456789', '0123456789'],
    ['the password of a connection with TLS', 'rediss://me:hunter22@127.0.0.1', 'hunter22'],
  ])('shows nothing of %s, wherever it stands', (_name, text, secret) => {
    expect(logged(new Error(`${text} ${text}`))).not.toContain(secret);
  });

  it('does not contain a secret of the configuration that occurs twice', () => {
    expect(logged(new Error(`${key} and ${key}`))).not.toContain(key);
  });

  it('keeps the information about a fault', () => {
    const line = logged(new TypeError('Cannot read properties of undefined (reading "x")'));
    expect(line).toContain('TypeError');
    expect(line).toContain('Cannot read properties');
    expect(line).toContain('secrets.test.ts');
  });
});

describe('the watch over credentials', () => {
  it.each<[string, string]>([
    ['a key', `the key is ${key}.`],
    ['a link', 'https://mdm.example.com/enroll?token=0123456789abcdef0123456789abcdef'],
  ])('finds %s in what was let out', (_name, text) => {
    const watch = createSecretWatch([key]);
    watch.record('the log', text);
    expect(() =>
      watch.check(['https://mdm.example.com/enroll?token=0123456789abcdef0123456789abcdef']),
    ).toThrow('A credential is in the log');
  });

  it('finds nothing if there is nothing', () => {
    const watch = createSecretWatch([key]);
    watch.record('the log', '{"operation":"NewestTokens","outcome":"OK"}');
    watch.check(['Q1W2E3R4T']);
  });
});

/** Runs reads, writes and failures of most kinds, with every credential selected and with explanations. */
const liveThrough = async (world: World): Promise<void> => {
  const ask: World['ask'] = (query, options) =>
    world.ask(query, { ...options, headers: { 'x-explain': '1' } });
  const fields =
    'id enrollmentLink enrollmentCode enrollmentQrCode user { name } policyAssignments { policy { name ... on ApplePolicy { profiles { name certificates { location } } } } }';
  const read = `query Read($after: String) { enrollmentTokens(first: 50, after: $after) { nodes { ${fields} } pageInfo { endCursor } } }`;
  const { data } = await ask(read);
  await ask(read, { variables: { after: data.enrollmentTokens.pageInfo.endCursor } });
  const { id, enrollmentLink, enrollmentCode } = data.enrollmentTokens.nodes[0];
  for (const text of [enrollmentLink, enrollmentCode, world.sandbox.apiKey]) {
    await ask('query($id: ID!) { node(id: $id) { id } }', { variables: { id: text } });
    await ask(
      'query($t: String) { enrollmentTokens(after: $t, filter: { search: $t }) { totalCount } }',
      { variables: { t: text } },
    );
  }
  const users = await ask('{ mdmUsers(first: 1) { nodes { id email } } }');
  const [user] = users.data.mdmUsers.nodes;
  const create = `mutation { createWindowsEnrollmentToken(input: { userId: "${user.id}", sendEmail: false, idempotencyKey: "once" }) { enrollmentToken { ${fields.replace(/policyAssignments.*/, '')} } userErrors { message } } }`;
  await ask(create);
  await ask(create);
  world.sandbox.faults.add({ kind: 'reset-after', match: { method: 'POST' }, times: 1 });
  await ask(create.replace('"once"', '"lost"'));
  await ask(
    `mutation { bulkCreateAppleEnrollmentTokens(input: { userEmails: ["${user.email}", "bad"], sendEmail: false, idempotencyKey: "bulk" }) { results { email enrollmentToken { enrollmentLink } } userErrors { message } } }`,
  );
  await ask(
    `mutation { revokeEnrollmentToken(input: { id: "${id}" }) { enrollmentToken { enrollmentLink } userErrors { message } } }`,
  );
  for (const kind of ['html', 'truncate', 'status-false', 'forbidden'] as const) {
    const fault = world.sandbox.faults.add({ kind });
    await ask(read);
    fault.remove();
  }
  await ask(read, { authorization: 'Bearer 0a1b2c3d4e5f60718293' });
};

describe('a gateway with most kinds of requests', () => {
  let world: World | null = null;

  afterEach(async () => {
    await world?.close();
    world = null;
  });

  it('has no credential in its log, its metrics, its errors or its explanations', async () => {
    world = await startWorld({ tokens: 60 });
    await liveThrough(world);
    // The harness checks its observations when it closes.
    await expect(world.close()).resolves.toBeUndefined();
    world = null;
  });

  const keys = {
    APPLIVERY_API_KEY: 'canary_of_the_API_0a1b2c',
    JWT_SECRET: 'canary_of_the_tokens_0a1b2c_of_32',
  };

  /** Sends each credential as an operation name, which is logged, and returns the log. */
  const logWith = async (
    environment: Readonly<Record<string, string>>,
    credentials: readonly string[],
  ): Promise<string> => {
    world = await startWorld({ tokens: 0 }, environment);
    for (const name of [...credentials, 'Harmless']) {
      const { errors } = await world.ask(`query ${name} { __typename }`, { authorization: null });
      expect(errors).toEqual([]);
    }
    return JSON.stringify(world.logged());
  };

  it('has no key of service mode in its log, even if a caller sends it', async () => {
    const log = await logWith({ ...serviceEnvironment, ...keys }, Object.values(keys));
    expect(log).toContain('Harmless');
    expect(log).not.toContain('canary');
  });

  it.skipIf(!hasRedisServer)('has no secret of Redis in it either', async () => {
    const password = 'canary_of_redis_0a1b2c';
    const SHARED_SECRET = 'canary_of_the_replicas_0a1b2c';
    const server = await startRedisServer(['--requirepass', password]);
    // Partly escaped, as a password in a URL can be.
    const REDIS_URL = server.url.replace('//', `//:${password.replace('c', '%63')}@`);
    try {
      const log = await logWith({ REDIS_URL, SHARED_SECRET }, [SHARED_SECRET, password]);
      expect(log).toContain('Harmless');
      expect(log).not.toContain('canary');
    } finally {
      await world?.close();
      world = null;
      await server.stop();
    }
  });

  it.skipIf(!hasRedisServer)('stores none in Redis', async () => {
    const server = await startRedisServer();
    const redis = new Redis(server.url);
    const secret = 'the-secret-shared-by-replicas-77';
    try {
      world = await startWorld({ tokens: 60 }, { REDIS_URL: server.url, SHARED_SECRET: secret });
      await liveThrough(world);
      const watch = createSecretWatch([secret, ...secretsOfSandbox(world.sandbox)]);
      const keys = await redis.keys('*');
      expect(keys.filter((name) => name.includes('creation'))).toHaveLength(3);
      for (const name of keys) {
        const type = await redis.type(name);
        const value = type === 'hash' ? await redis.hgetall(name) : await redis.get(name);
        watch.record('Redis', `${name} ${JSON.stringify(value)}`);
      }
      watch.check([]);
    } finally {
      redis.disconnect();
      await server.stop();
    }
  });
});
