import { afterEach, describe, expect, it, vi } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, type GraphQLAnswer, startGateway } from '../support/gateway/gateway.ts';
import { startRedisServer } from '../support/redis/redis-server.ts';
import { createGate } from '../support/time/manual-clock.ts';

const words = {
  windows: {
    assignments: 'winPolicyAssignments',
    policyId: 'winPolicyId',
    policy: 'winPolicy',
  },
  apple: { assignments: 'admPolicyAssignments', policyId: 'admPolicyId', policy: 'admPolicy' },
} as const;

const tokens = 100;
const users = 60;

const idsOf = (collection: { readonly all: () => readonly { readonly id: string }[] }) =>
  collection.all().map(({ id }) => id);

/** A hundred tokens of both platforms, with sixty of 300 users and twenty policies. */
const addTokens = (sandbox: Sandbox, embeds: 'none' | 'names'): void => {
  const userIds = idsOf(sandbox.organization.users);
  for (let index = 0; index < tokens; index += 1) {
    const platform = index % 2 ? 'windows' : 'apple';
    const { assignments, policyId, policy } = words[platform];
    const id = userIds[(index % users) * 5] ?? null;
    const assigned = idsOf(sandbox.platform(platform).policies)[Math.floor(index / 2) % 10] ?? null;
    const embeddedPolicy = { [policy]: { id: assigned, name: 'Embedded' } };
    sandbox.addToken(platform, {
      // Distinct times, since reading a page to the end of a tie group can take a call.
      createdAt: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
      mdmUser: embeds === 'names' ? { id, email: `user-${index}@example.com` } : { id },
      [assignments]: [
        { [policyId]: assigned, priority: 1, ...(embeds === 'names' ? embeddedPolicy : {}) },
      ],
    });
  }
};

const page = (first: number) => `{
  enrollmentTokens(first: ${first}) {
    nodes { user { name tags } policyAssignments { policy { name version } } }
  }
}`;
const flagship = page(tokens);

const tokenLists = ['mdm.apple.enrollmentToken.list', 'mdm.windows.enrollmentToken.list'];
const policyLists = ['mdm.apple.policy.list', 'mdm.windows.policy.list'];
const everything = [...tokenLists, ...policyLists, 'mdm.global.mdmUser.list'].toSorted();

const nodesOf = ({ data }: GraphQLAnswer) => data.enrollmentTokens.nodes;
const policyNamesOf = (answer: GraphQLAnswer): string[] =>
  nodesOf(answer).map(
    (node: { policyAssignments: { policy: { name: string } | null }[] }) =>
      node.policyAssignments[0]?.policy?.name ?? 'null',
  );

let sandbox: Sandbox;
let gateways: Gateway[];

/** The operations that reached the sandbox since this was last called. */
const takeOperations = (): string[] => {
  const names = sandbox.requests().map(({ operation }) => operation ?? 'none');
  sandbox.clearRequests();
  return names.toSorted();
};

/** Starts gateways in front of one sandbox. */
const start = async (
  environment: Record<string, string> = {},
  embeds: 'none' | 'names' = 'none',
  replicas = 1,
) => {
  sandbox = createSandbox({
    platforms: await loadSandboxes(),
    tokens: 0,
    policies: 40,
    users: 300,
    oddities: false,
  });
  addTokens(sandbox, embeds);
  const { baseUrl } = await sandbox.listen();
  const upstream = { baseUrl, organization: sandbox.organizationId, apiKey: sandbox.apiKey };
  gateways = await Promise.all(
    Array.from({ length: replicas }, () => startGateway(upstream, environment)),
  );
};

const ask: Gateway['ask'] = (...question) => (gateways[0] ?? expect.unreachable()).ask(...question);

afterEach(async () => {
  for (const gateway of gateways) await gateway.close();
  await sandbox.close();
});

describe('the calls of an operation', () => {
  it('are five for a hundred tokens, sixty users and twenty policies, and two when it is repeated', async () => {
    await start();
    const first = await ask(flagship);
    expect(first.errors).toEqual([]);
    expect(nodesOf(first)).toHaveLength(tokens);
    for (const { user } of nodesOf(first)) expect(user.name).toEqual(expect.any(String));
    expect(policyNamesOf(first)).not.toContain('null');
    expect(takeOperations()).toEqual(everything);

    const second = await ask(flagship);
    expect(second.data).toEqual(first.data);
    expect(takeOperations()).toEqual(tokenLists);
  });

  it('are two if all selected fields are embedded', async () => {
    await start({}, 'names');
    const answer = await ask(`{
      enrollmentTokens(first: 100) {
        nodes { user { email } policyAssignments { policy { name } } }
      }
    }`);
    expect(new Set(policyNamesOf(answer))).toEqual(new Set(['Embedded']));
    expect(takeOperations()).toEqual(tokenLists);
  });

  it('include one lookup for a user reached by three paths at different depths', async () => {
    await start();
    const [userId = ''] = idsOf(sandbox.organization.users);
    const { data } = await ask(
      `{ enrollmentTokens(first: 100) { nodes { user { id sourceId } } } }`,
    );
    const { id } = data.enrollmentTokens.nodes.find(
      ({ user }: { user: { sourceId: string } }) => user.sourceId === userId,
    ).user;
    sandbox.clearRequests();
    const answer = await ask(
      `query ($id: ID!) {
        node(id: $id) {
          ... on MdmUser {
            name
            enrollmentTokens(first: 1) {
              nodes { user { name enrollmentTokens(first: 1) { nodes { user { name } } } } }
            }
          }
        }
      }`,
      { variables: { id } },
    );
    expect(answer.errors).toEqual([]);
    const outer = answer.data.node;
    expect(outer.enrollmentTokens.nodes[0].user.name).toBe(outer.name);
    expect(takeOperations().filter((name) => name.includes('mdmUser'))).toEqual([
      'mdm.global.mdmUser.get',
    ]);
  });
});

describe('operations at the same time', () => {
  it('take the calls of one if fifty are equal, and of two with two credentials', async () => {
    await start();
    await ask(page(10), { authorization: `Bearer ${sandbox.addKey()}` });
    takeOperations();
    // Long enough for all fifty to arrive, even on a busy machine.
    sandbox.faults.add({
      kind: 'delay',
      ms: 3_000,
      match: { operation: '*.enrollmentToken.list' },
    });
    const keys = [sandbox.apiKey, sandbox.addKey()];
    for (const credentials of [1, 2]) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          ask(page(10), { authorization: `Bearer ${keys[index % credentials]}` }),
        ),
      );
      for (const answer of answers) expect(answer.data).toEqual(answers[0]?.data);
      // In the second round, the lookups of the first credential are cached.
      expect(takeOperations()).toEqual(
        credentials === 1 ? everything : [...everything, ...tokenLists].toSorted(),
      );
    }
  });

  it('show a created token to every query that starts after the create was answered', async () => {
    await start();
    const gate = createGate();
    let held = 0;
    const release = sandbox.onRequest(async ({ operation }) => {
      if (operation !== 'mdm.windows.enrollmentToken.list') return;
      held += 1;
      if (held === 1) await gate.opened;
    });
    const newest = `{ enrollmentTokens(first: 1) { nodes { displayName } } }`;
    const before = ask(newest);
    await vi.waitFor(() => expect(held).toBe(1), { timeout: 5_000 });

    const ids = await ask(`{ mdmUsers(first: 1) { nodes { id } } }`);
    const created = await ask(
      `mutation ($userId: ID!) {
        createWindowsEnrollmentToken(
          input: { userId: $userId, sendEmail: false, displayName: "Brand new" }
        ) { enrollmentToken { id } userErrors { message } }
      }`,
      { variables: { userId: ids.data.mdmUsers.nodes[0].id } },
    );
    expect(created.errors).toEqual([]);
    const after = await ask(newest);
    expect(nodesOf(after)).toEqual([{ displayName: 'Brand new' }]);
    gate.open();
    await before;
    release();
  });
});

describe('a policy that cannot be looked up', () => {
  const failing: readonly [string, (policyId: string) => void, code: string | null][] = [
    ['is gone', (id) => void sandbox.platform('windows').policies.remove(id), null],
    [
      'is forbidden',
      (id) => void sandbox.faults.add({ kind: 'forbidden', match: { path: id } }),
      null,
    ],
    [
      'is broken',
      (id) => void sandbox.faults.add({ kind: 'html', match: { path: id } }),
      'UPSTREAM_INVALID_RESPONSE',
    ],
    [
      'is too slow',
      (id) => void sandbox.faults.add({ kind: 'silence', match: { path: id } }),
      'UPSTREAM_TIMEOUT',
    ],
  ];

  it.each(
    failing,
  )('because it %s, is null and does not affect the rest of the page', async (_why, fail, code) => {
    await start(code === 'UPSTREAM_TIMEOUT' ? { UPSTREAM_TIMEOUT_MS: '2000' } : {});
    const [policyId = ''] = idsOf(sandbox.platform('windows').policies);
    // Without the list, every policy is got by itself.
    sandbox.faults.add({ kind: 'forbidden', match: { operation: '*.policy.list' } });
    fail(policyId);
    const answer = await ask(flagship);
    const names = policyNamesOf(answer);
    expect(names.filter((name) => name === 'null')).toHaveLength(5);
    expect(names).toHaveLength(tokens);
    expect(new Set(answer.errors.map(({ extensions }) => extensions['code']))).toEqual(
      new Set(code === null ? [] : [code]),
    );
  });
});

describe('lookups over Redis', () => {
  it('are shared by replicas, work without Redis, and use it again when it is back', async () => {
    const redis = await startRedisServer();
    await start({ REDIS_URL: redis.url, SHARED_SECRET: 's'.repeat(32) }, 'none', 2);
    const replica = gateways[1] ?? expect.unreachable();
    /** The calls of the second replica after the first has answered the same, new caller. */
    const askBoth = async (): Promise<string[]> => {
      const authorization = `Bearer ${sandbox.addKey()}`;
      expect((await ask(page(10), { authorization })).errors).toEqual([]);
      expect(takeOperations()).toEqual(everything);
      expect((await replica.ask(page(10), { authorization })).errors).toEqual([]);
      return takeOperations();
    };
    const untilShared = () =>
      vi.waitFor(async () => expect(await askBoth()).toEqual(tokenLists), {
        timeout: 15_000,
        interval: 200,
      });
    try {
      await untilShared();
      redis.pause();
      expect(await askBoth()).toEqual(everything);
      redis.resume();
      await untilShared();
    } finally {
      redis.resume();
      await redis.stop();
    }
  });
});
