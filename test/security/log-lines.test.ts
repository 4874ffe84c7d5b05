import { expect, it, onTestFinished } from 'vitest';
import { createApp } from '../../src/app.ts';
import { parseConfig } from '../../src/config.ts';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { createAsk } from '../support/gateway.ts';
import type { Loose } from '../support/loose.ts';

/** A gateway with a readable log, in front of a sandbox whose tokens embed nothing. */
const start = async (logLevel: string) => {
  const sandbox = createSandbox({
    platforms: await loadSandboxes(),
    tokens: 30,
    embeds: 'none',
    oddities: false,
  });
  const { baseUrl } = await sandbox.listen();
  const lines: Loose[] = [];
  const app = await createApp(
    parseConfig({ APPLIVERY_BASE_URL: baseUrl, LOG_LEVEL: logLevel }),
    { baseUrl, organization: sandbox.organizationId },
    (line) => lines.push(JSON.parse(line)),
  );
  const server = app.createHttpServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await app.close();
    await sandbox.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const ask = createAsk(`http://127.0.0.1:${port}/graphql`, `Bearer ${sandbox.apiKey}`);
  return { sandbox, ask, lines, said: (text: string) => lines.filter(({ msg }) => msg === text) };
};

const revoke =
  'mutation { revokeEnrollmentToken(input: { id: "nobody" }) { userErrors { code } } }';

it.each([
  ['warn', 1],
  ['fatal', 1],
  ['silent', 0],
])('a log of level %s has %i audit lines of a mutation', async (level, count) => {
  const { ask, lines, said } = await start(level);
  await ask(revoke);
  expect(said('audit')).toHaveLength(count);
  expect(lines).toHaveLength(count);
});

it.each([
  ['First', 'query'],
  ['Second', 'mutation'],
])('the operation %s that runs is told of, not one beside it', async (operationName, kind) => {
  const { ask, said } = await start('info');
  const { errors } = await ask(`query First { __typename } ${revoke.replace('{', 'Second {')}`, {
    operationName,
  });
  expect(errors).toEqual([]);
  expect(said('operation')).toMatchObject([{ operation: operationName, kind }]);
  expect(said('audit')).toHaveLength(kind === 'mutation' ? 1 : 0);
});

it('a page of users and policies that the caller may not read is logged once for each kind', async () => {
  const { sandbox, ask, said } = await start('info');
  const page = `{ enrollmentTokens(first: 20) { nodes {
    user { name } policyAssignments { policy { version } } } } }`;
  const authorization = `Bearer ${sandbox.addKey({ permissions: ['mdm.*.enrollmentToken.*'] })}`;
  const { data, errors } = await ask(page, { authorization });
  expect(errors).toEqual([]);
  const { nodes } = data.enrollmentTokens;
  expect(nodes.map(({ user }: Loose) => user)).toEqual(Array(20).fill(null));
  const told = said('a lookup found nothing to show');
  expect(told.map(({ noun, code }) => `${noun} ${code}`).sort()).toEqual([
    'policy FORBIDDEN',
    'user FORBIDDEN',
  ]);
  const [operation] = said('operation');
  for (const line of told) {
    expect(line.requestId).toBe(operation.requestId);
    expect(line.reason).toContain('lacks the permission mdm.');
  }
  await ask(page, { authorization });
  expect(said('a lookup found nothing to show')).toHaveLength(4);
});

it('a user by an address that is too long for the API is refused before any call', async () => {
  const { sandbox, ask } = await start('info');
  const query = 'query($email: String!) { mdmUser(email: $email) { id } }';
  const { data, errors } = await ask(query, { variables: { email: `${'a'.repeat(125)}@b.c` } });
  expect(data.mdmUser).toBeNull();
  expect(errors).toMatchObject([
    {
      message: 'email must be at most 128 characters; it has 129.',
      extensions: { code: 'BAD_USER_INPUT', faults: [{ path: ['email'] }] },
    },
  ]);
  expect(sandbox.requests()).toEqual([]);
  const longest = await ask(query, { variables: { email: ` ${'a'.repeat(124)}@b.c ` } });
  expect(longest.errors).toEqual([]);
});
