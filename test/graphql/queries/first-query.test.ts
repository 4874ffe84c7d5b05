import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../../support/gateway/gateway.ts';
import type { Loose } from '../../support/loose.ts';
import { inOrder, storedTokens } from '../../support/upstream/stored-tokens.ts';
import { takeOperations, tokenLists } from '../../support/upstream/upstream-calls.ts';

const newestTokens = `query NewestTokens {
  enrollmentTokens(first: 10) {
    totalCount
    nodes {
      id
      __typename
      platform
      sourceId
      displayName
      state
      isUsable
      createdAt
      user { email }
      policyAssignments { priority policySourceId policy { name } }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    sources { platform status totalCount error { message } }
  }
}`;

let sandbox: Sandbox;
let gateway: Gateway;

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 200 });
  const { baseUrl } = await sandbox.listen();
  gateway = await startGateway({
    baseUrl,
    organization: sandbox.organizationId,
    anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
  });
});
beforeEach(() => sandbox.clearRequests());
afterAll(async () => {
  await gateway.close();
  await sandbox.close();
});

const words = {
  APPLE: { assignments: 'admPolicyAssignments', id: 'admPolicyId', policy: 'admPolicy' },
  WINDOWS: { assignments: 'winPolicyAssignments', id: 'winPolicyId', policy: 'winPolicy' },
} as const;

/** The expected answer of the first query for a token, from the sandbox's own store. */
const expectedNode = (platform: 'APPLE' | 'WINDOWS', document: Record<string, Loose>) => {
  const { assignments, id, policy } = words[platform];
  return {
    id: expect.any(String),
    __typename: platform === 'APPLE' ? 'AppleEnrollmentToken' : 'WindowsEnrollmentToken',
    platform,
    sourceId: document['id'],
    displayName: document['displayName'],
    state: 'PENDING',
    isUsable: true,
    createdAt: document['createdAt'],
    user: { email: document['mdmUser'].email },
    policyAssignments: document[assignments]
      .toSorted((a: Loose, b: Loose) => a.priority - b.priority || (a[id] < b[id] ? -1 : 1))
      .map((one: Loose) => ({
        priority: one.priority,
        policySourceId: one[id],
        policy: { name: one[policy].name },
      })),
  };
};

describe('the first query', () => {
  it('shows the newest tokens of both platforms, with user and policies, without any header', async () => {
    const stored = storedTokens(sandbox);
    const { status, data, errors } = await gateway.ask(newestTokens);

    expect(errors).toEqual([]);
    expect(status).toBe(200);
    const newest = inOrder(stored).slice(0, 10);
    expect(data.enrollmentTokens).toEqual({
      totalCount: stored.length,
      nodes: newest.map(({ platform, document }) =>
        expectedNode(platform === 'APPLE' ? 'APPLE' : 'WINDOWS', document),
      ),
      pageInfo: {
        hasNextPage: true,
        hasPreviousPage: false,
        startCursor: expect.any(String),
        endCursor: expect.any(String),
      },
      sources: ['APPLE', 'WINDOWS'].map((platform) => ({
        platform,
        status: 'OK',
        totalCount: stored.filter((token) => token.platform === platform).length,
        error: null,
      })),
    });
    expect(new Set(newest.map(({ platform }) => platform)).size).toBe(2);
  });

  it('costs one upstream call a platform', async () => {
    await gateway.ask(newestTokens);
    expect(takeOperations(sandbox)).toEqual(tokenLists);
  });

  it('prefers the key of a caller who sends one', async () => {
    const key = sandbox.addKey({ permissions: ['mdm.windows.*'] });
    const { data } = await gateway.ask(newestTokens, { authorization: `Bearer ${key}` });
    const { nodes, sources } = data.enrollmentTokens;
    expect(new Set(nodes.map((node: Loose) => node.platform))).toEqual(new Set(['WINDOWS']));
    expect(sources.map((source: Loose) => source.status)).toEqual(['FORBIDDEN', 'OK']);
  });
});

describe('a token', () => {
  const tokenId = async (): Promise<string> => {
    const { data } = await gateway.ask('{ enrollmentTokens(first: 1) { nodes { id } } }');
    return data.enrollmentTokens.nodes[0].id;
  };

  it('is read again by its id, with its link, its code and the link as QR code', async () => {
    const id = await tokenId();
    const { data, errors } = await gateway.ask(
      `query One($id: ID!) {
        enrollmentToken(id: $id) {
          id sourceId enrollmentLink enrollmentCode
          svg: enrollmentQrCode
          png: enrollmentQrCode(format: PNG_DATA_URL, size: 64)
        }
      }`,
      { variables: { id } },
    );
    const [newest] = inOrder(storedTokens(sandbox));
    expect(errors).toEqual([]);
    expect(data.enrollmentToken).toEqual({
      id,
      sourceId: newest?.document.id,
      enrollmentLink: newest?.document['enrollmentLink'],
      enrollmentCode: newest?.document['enrollCode'],
      svg: expect.stringMatching(/^<svg [^>]*width="256"/),
      png: expect.stringMatching(/^data:image\/png;base64,iVBOR/),
    });
  });

  it.each([63, 1025, -1])('is not drawn %i pixels wide', async (size) => {
    const id = await tokenId();
    const { data, errors } = await gateway.ask(
      'query ($id: ID!, $size: Int!) { enrollmentToken(id: $id) { id enrollmentQrCode(size: $size) } }',
      { variables: { id, size } },
    );
    expect(data.enrollmentToken).toEqual({ id, enrollmentQrCode: null });
    expect(errors).toMatchObject([
      {
        message: `size must be 64 to 1024 pixels; it is ${size}.`,
        path: ['enrollmentToken', 'enrollmentQrCode'],
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});
