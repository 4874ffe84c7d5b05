import { describe, expect, test } from 'vitest';
import { ForbiddenError, NotFoundError } from '../../../src/domain/errors.ts';
import type { TokenDraft } from '../../../src/domain/platform.ts';
import { failureOf, raw, refusal, startOperation } from '../../rest/harness.ts';
import {
  asked,
  bodyOf,
  createWindows,
  example,
  newestFirst,
  otherPolicyId,
  pageOf,
  policyId,
  requestLine,
  startUpstream,
  success,
  tokenId,
  userId,
} from '../upstream.ts';

const tokens = `/v1/organizations/${asked}/mdm/windows/enterprise/enrollment-tokens`;
const policies = `/v1/organizations/${asked}/mdm/windows/enterprise/policies`;

const everything: Required<TokenDraft> = {
  sendEmail: true,
  displayName: 'Engineering Laptop - John Doe',
  tags: ['engineering', 'laptop', 'corporate'],
  durationSeconds: 86_400,
  language: 'en',
  emailText: 'Welcome to the corporate device management program.',
  policyAssignments: [{ policyId, priority: 100 }],
  segmentId: 1,
};

const sentEverything = {
  sendEmail: true,
  displayName: 'Engineering Laptop - John Doe',
  tags: ['engineering', 'laptop', 'corporate'],
  duration: 86_400,
  language: 'en',
  emailText: 'Welcome to the corporate device management program.',
  winPolicyAssignments: [{ winPolicyId: policyId, priority: 100 }],
  segmentId: 1,
};

describe('the requests of Windows', () => {
  test('a list sends page, limit, sort and the filters that are set', async () => {
    const { transport, seen } = await startUpstream(pageOf([]));
    const platform = createWindows(transport);
    await platform.listTokens(startOperation(), asked, newestFirst);
    await platform.listTokens(startOperation(), asked, {
      page: 3,
      limit: 7,
      sort: { field: 'expiresAt', direction: 'ascending' },
      filter: { userId, policyId, includeDeleted: true },
    });
    expect(seen.map(requestLine)).toStrictEqual([
      `GET ${tokens}?page=1&limit=50&sort=createdAt%3Adesc`,
      `GET ${tokens}?page=3&limit=7&sort=expireAt%3Aasc&mdm-user=${userId}&win-policy=${policyId}&show-deleted=true`,
    ]);
  });

  test.each([
    ['createdAt', 'createdAt'],
    ['updatedAt', 'updatedAt'],
    ['expiresAt', 'expireAt'],
    ['displayName', 'displayName'],
  ] as const)('an order by %s is sent as %s', async (field, key) => {
    const { transport, seen } = await startUpstream(pageOf([]));
    await createWindows(transport).listTokens(startOperation(), asked, {
      ...newestFirst,
      sort: { field, direction: 'ascending' },
    });
    expect(seen.map(requestLine)).toStrictEqual([
      `GET ${tokens}?page=1&limit=50&sort=${key}%3Aasc`,
    ]);
  });

  test('policies are listed and got by their own paths', async () => {
    const { transport, seen, answerWith } = await startUpstream(pageOf([{ id: policyId }, null]));
    const platform = createWindows(transport);
    const page = await platform.listPolicies(startOperation(), asked, {
      page: 2,
      limit: 500,
      sort: { field: 'createdAt', direction: 'ascending' },
    });
    expect(page.items.map((policy) => policy?.sourceId)).toStrictEqual([policyId, undefined]);
    answerWith(success({ id: policyId }));
    await platform.getPolicy(startOperation(), asked, policyId);
    expect(seen.map(requestLine)).toStrictEqual([
      `GET ${policies}?page=2&limit=500&sort=createdAt%3Aasc`,
      `GET ${policies}/${policyId}`,
    ]);
  });

  test('a create sends every field once in a flat body', async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    await createWindows(transport).createToken(startOperation(), asked, userId, everything);
    expect(seen.map(requestLine)).toStrictEqual([`POST ${tokens}`]);
    expect(bodyOf(seen)).toStrictEqual({ mdmUserId: userId, ...sentEverything });
  });

  test("a create with the values of the documents sends the documents' body", async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    const sample = example('composed/windows-create.request.json');
    await createWindows(transport).createToken(startOperation(), asked, userId, everything);
    expect({
      ...bodyOf(seen),
      mdmUserId: '698efa6ed851667d9c0aec88',
      winPolicyAssignments: [{ winPolicyId: '698efa6ed851667d9c0aec88', priority: 100 }],
    }).toStrictEqual(sample);
  });

  test('a create sends no key for absent fields and empty texts', async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    await createWindows(transport).createToken(startOperation(), asked, userId, {
      sendEmail: false,
      displayName: '',
      emailText: '',
      language: '',
    });
    expect(bodyOf(seen)).toStrictEqual({ mdmUserId: userId, sendEmail: false });
  });

  test('a bulk create sends addresses in place of the user', async () => {
    const { transport, seen } = await startUpstream(success({ total: 2, success: 2, fail: 0 }));
    const emails = ['ana@example.com', 'luis@example.com'];
    await createWindows(transport).bulkCreateTokens(startOperation(), asked, emails, everything);
    expect(seen.map(requestLine)).toStrictEqual([`POST ${tokens}/bulk`]);
    expect(bodyOf(seen)).toStrictEqual({ userEmails: emails, ...sentEverything });
  });

  test('an update sends all five fields', async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    await createWindows(transport).updateToken(startOperation(), asked, tokenId, {
      displayName: 'Renamed',
      tags: ['one'],
      legacyPolicyId: otherPolicyId,
      policyAssignments: [{ policyId, priority: 0 }],
      segmentId: 4,
    });
    expect(seen.map(requestLine)).toStrictEqual([`PUT ${tokens}/${tokenId}`]);
    expect(bodyOf(seen)).toStrictEqual({
      displayName: 'Renamed',
      tags: ['one'],
      winPolicyId: otherPolicyId,
      winPolicyAssignments: [{ winPolicyId: policyId, priority: 0 }],
      segmentId: 4,
    });
  });

  test('an update clears the name, the tags and the assignments by empty values', async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    await createWindows(transport).updateToken(startOperation(), asked, tokenId, {
      displayName: null,
      tags: [],
      legacyPolicyId: null,
      policyAssignments: [],
      segmentId: null,
    });
    expect(bodyOf(seen)).toStrictEqual({ displayName: '', tags: [], winPolicyAssignments: [] });
  });

  test.each([
    ['the token', success({ id: tokenId, state: 'DELETED' })],
    ['a receipt', success({ delete: 1 })],
    ['an empty envelope', success(null)],
    ['no body', raw('', 204)],
  ])('a revocation succeeds if the answer is %s', async (_name, answer) => {
    const { transport, seen } = await startUpstream(answer);
    await createWindows(transport).revokeToken(startOperation(), asked, tokenId);
    expect(seen.map(requestLine)).toStrictEqual([`DELETE ${tokens}/${tokenId}`]);
  });

  test('a revocation of a token that does not exist is not found', async () => {
    const { transport } = await startUpstream(refusal(404, 3001));
    const revoked = createWindows(transport).revokeToken(startOperation(), asked, tokenId);
    expect(await failureOf(revoked)).toBeInstanceOf(NotFoundError);
  });

  test('a missing permission is named', async () => {
    const { transport } = await startUpstream(refusal(403, 4003));
    const platform = createWindows(transport);
    const operation = startOperation();
    const change = {
      displayName: null,
      tags: [],
      legacyPolicyId: null,
      policyAssignments: [],
      segmentId: null,
    };
    const page = { page: 1, limit: 1, sort: newestFirst.sort } as const;
    const failures = await Promise.all([
      failureOf(platform.listTokens(operation, asked, newestFirst)),
      failureOf(platform.getToken(operation, asked, tokenId)),
      failureOf(platform.createToken(operation, asked, userId, { sendEmail: true })),
      failureOf(platform.bulkCreateTokens(operation, asked, ['a@b.c'], { sendEmail: true })),
      failureOf(platform.updateToken(operation, asked, tokenId, change)),
      failureOf(platform.revokeToken(operation, asked, tokenId)),
      failureOf(
        platform.listPolicies(operation, asked, {
          ...page,
          sort: { field: 'createdAt', direction: 'descending' },
        }),
      ),
      failureOf(platform.getPolicy(operation, asked, policyId)),
    ]);
    const named = failures.map((failure) =>
      failure instanceof ForbiddenError ? /mdm\.[\w.]+\w/.exec(failure.message)?.[0] : failure,
    );
    expect(named).toStrictEqual([
      'mdm.windows.enrollmentToken.list',
      'mdm.windows.enrollmentToken.get',
      'mdm.windows.enrollmentToken.create',
      'mdm.windows.enrollmentToken.create',
      'mdm.windows.enrollmentToken.update',
      'mdm.windows.enrollmentToken.remove',
      'mdm.windows.policy.list',
      'mdm.windows.policy.get',
    ]);
  });
});
