import { Kind, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import { pickExamples } from '../../../src/sandbox/examples.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../../support/gateway/gateway.ts';
import { storedTokens } from '../../support/upstream/stored-tokens.ts';

interface Tab {
  readonly query: string;
  readonly variables?: string;
  readonly headers?: string;
}

/** The tabs in the page that a browser gets. */
const tabsOf = async (gateway: Gateway): Promise<readonly Tab[]> => {
  const page = await fetch(gateway.url, { headers: { accept: 'text/html' } });
  const options = /const options = (\{"title".*\});/.exec(await page.text())?.[1];
  return JSON.parse(options ?? '{}').defaultTabs;
};

const nameOf = ({ query }: Tab): string => {
  const [operation] = parse(query).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? (operation.name?.value ?? '') : '';
};

const run = (gateway: Gateway, { query, variables = '{}', headers = '{}' }: Tab) =>
  gateway.ask(query, {
    variables: JSON.parse(variables),
    authorization: JSON.parse(headers).Authorization ?? null,
  });

const names = [
  'NewestTokens',
  'TokensOfUser',
  'PendingTokens',
  'PartialResults',
  'Policies',
  'FollowChanges',
  'CreateToken',
  'BulkCreateTokens',
];

describe("GraphiQL's examples, with the embedded sandbox", () => {
  let sandbox: Sandbox;
  let gateway: Gateway;
  let tabs: ReadonlyMap<string, Tab>;

  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes() });
    const { baseUrl } = await sandbox.listen();
    gateway = await startGateway({
      baseUrl,
      organization: sandbox.organizationId,
      anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
      examples: pickExamples(sandbox),
    });
    tabs = new Map((await tabsOf(gateway)).map((tab) => [nameOf(tab), tab]));
  });
  afterAll(async () => {
    await gateway.close();
    await sandbox.close();
  });

  const answerOf = async (name: string) => {
    const tab = tabs.get(name);
    if (tab === undefined) throw new Error(`There is no tab ${name}.`);
    const { data, errors } = await run(gateway, tab);
    expect(errors).toEqual([]);
    return data;
  };

  it('are these, and only the one for partial results has headers', () => {
    expect([...tabs.keys()]).toEqual(names);
    expect([...tabs.values()].filter(({ headers }) => headers).map(nameOf)).toEqual([
      'PartialResults',
    ]);
  });

  it('show tokens, newest and pending, and policies', async () => {
    const newest = await answerOf('NewestTokens');
    expect(newest.enrollmentTokens.nodes).toHaveLength(10);
    const pending = await answerOf('PendingTokens');
    expect(pending.enrollmentTokens.nodes).toHaveLength(20);
    expect(pending.enrollmentTokens.nodes[0]).toMatchObject({ isUsable: true });
    const policies = await answerOf('Policies');
    expect(policies.mdmPolicies.nodes).toHaveLength(10);
  });

  it('show a user who has tokens', async () => {
    const { mdmUser } = await answerOf('TokensOfUser');
    expect(mdmUser.enrollmentTokens.nodes.length).toBeGreaterThan(0);
  });

  it('show the missing platform with a key that may read only one', async () => {
    const { enrollmentTokens } = await answerOf('PartialResults');
    expect(enrollmentTokens.nodes).toHaveLength(5);
    expect(enrollmentTokens.sources.map((source: any) => source.status).toSorted()).toEqual([
      'FORBIDDEN',
      'OK',
    ]);
  });

  it('create a token once if they run twice', async () => {
    const before = storedTokens(sandbox).length;
    const [first] = Object.values<any>(await answerOf('CreateToken'));
    expect(first).toMatchObject({
      enrollmentToken: { displayName: 'My first token', policyAssignments: [{}] },
      replayed: false,
      userErrors: [],
    });
    const [second] = Object.values<any>(await answerOf('CreateToken'));
    expect(second).toEqual({ ...first, replayed: true });
    expect(storedTokens(sandbox)).toHaveLength(before + 1);
  });

  it('create several at once', async () => {
    const [payload] = Object.values<any>(await answerOf('BulkCreateTokens'));
    expect(payload).toMatchObject({ total: 3, success: 3, fail: 0, userErrors: [] });
    expect(payload.results.map((result: any) => result.outcome)).toEqual(Array(3).fill('CREATED'));
  });
});

describe("GraphiQL's examples, in front of an API that needs a key", () => {
  it('have a comment in place of the key, which sends no header, and create nothing', async () => {
    const sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 20 });
    onTestFinished(sandbox.close);
    const { baseUrl } = await sandbox.listen();
    const gateway = await startGateway({ baseUrl, organization: sandbox.organizationId });
    onTestFinished(gateway.close);

    const tabs = await tabsOf(gateway);

    expect(tabs.map(nameOf)).toEqual(names);
    for (const { query, variables, headers = '' } of tabs) {
      expect(headers).toContain('// The API key of a service account:\n  // "Authorization"');
      expect(JSON.parse(headers.replaceAll(/\/\/.*/g, ''))).toEqual({});
      if (query.includes('mutation')) {
        expect(JSON.parse(variables ?? '{}').input).toMatchObject({ validateOnly: true });
        expect(query).toContain('# Put real ids and addresses into the variables.');
      }
    }
  });
});
