import { expect, it, onTestFinished } from 'vitest';
import { startWorld } from '../support/gateway/gateway.ts';
import type { Loose } from '../support/loose.ts';

/** A gateway in front of a sandbox whose tokens embed nothing. */
const start = async (logLevel: string) => {
  const world = await startWorld(
    { tokens: 30, embeds: 'none', oddities: false },
    { LOG_LEVEL: logLevel },
  );
  onTestFinished(world.close);
  const linesOf = (message: string) => world.logged().filter(({ msg }) => msg === message);
  return { ...world, linesOf };
};

const revoke =
  'mutation { revokeEnrollmentToken(input: { id: "nobody" }) { userErrors { code } } }';

it.each([
  ['warn', 1],
  ['fatal', 1],
  ['silent', 0],
])('a log of level %s has %i audit lines of a mutation', async (level, count) => {
  const { ask, logged, linesOf } = await start(level);
  await ask(revoke);
  expect(linesOf('audit')).toHaveLength(count);
  expect(logged()).toHaveLength(count);
});

it.each([
  ['First', 'query'],
  ['Second', 'mutation'],
])('the operation %s that runs is told of, not one beside it', async (operationName, kind) => {
  const { ask, linesOf } = await start('info');
  const { errors } = await ask(`query First { __typename } ${revoke.replace('{', 'Second {')}`, {
    operationName,
  });
  expect(errors).toEqual([]);
  expect(linesOf('operation')).toMatchObject([{ operation: operationName, kind }]);
  expect(linesOf('audit')).toHaveLength(kind === 'mutation' ? 1 : 0);
});

it('a page of users and policies that the caller may not read is logged once for each kind', async () => {
  const { sandbox, ask, linesOf } = await start('info');
  const page = `{ enrollmentTokens(first: 20) { nodes {
    user { name } policyAssignments { policy { version } } } } }`;
  const authorization = `Bearer ${sandbox.addKey({ permissions: ['mdm.*.enrollmentToken.*'] })}`;
  const { data, errors } = await ask(page, { authorization });
  expect(errors).toEqual([]);
  const { nodes } = data.enrollmentTokens;
  expect(nodes.map(({ user }: Loose) => user)).toEqual(Array(20).fill({ name: null }));
  const told = linesOf('a lookup found nothing to show');
  expect(told.map(({ noun, code }) => `${noun} ${code}`).sort()).toEqual([
    'policy FORBIDDEN',
    'user FORBIDDEN',
  ]);
  const [operation] = linesOf('operation');
  for (const line of told) {
    expect(line.requestId).toBe(operation.requestId);
    expect(line.reason).toContain('lacks the permission mdm.');
  }
  await ask(page, { authorization });
  expect(linesOf('a lookup found nothing to show')).toHaveLength(4);
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
