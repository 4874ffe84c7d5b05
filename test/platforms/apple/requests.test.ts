import { describe, expect, test } from 'vitest';
import { ContractBrokenError, NotSupportedError } from '../../../src/domain/errors.ts';
import type { AppleTokenDraft } from '../../../src/platforms/apple/draft.ts';
import { failureOf, raw, refusal, startOperation } from '../../rest/harness.ts';
import {
  asked,
  bodyOf,
  createApple,
  example,
  otherPolicyId,
  pageOf,
  policyId,
  requestLine,
  startUpstream,
  success,
  tokenId,
  userId,
} from '../upstream.ts';

const base = `/v1/organizations/${asked}/mdm/apple/enterprise`;
const tokens = `${base}/enrollment-tokens`;
const sampleId = '698f3bde457fafa13d088791';

const everything: Required<AppleTokenDraft> = {
  sendEmail: true,
  displayName: 'John Doe - iPhone 15 Pro',
  tags: ['sales', 'executive', 'iphone'],
  durationSeconds: 86_400,
  language: 'en',
  emailText: 'Please enroll your device by following the instructions in this email.',
  policyAssignments: [{ policyId, priority: 10 }],
  profileIds: [sampleId],
  applications: [
    {
      applicationId: sampleId,
      managed: true,
      vpp: true,
      iosApp: true,
      configuration: {},
      action: 'forceInstall',
      scripts: { preInstall: '', postInstall: '', audit: '', enforce: '', runner: '' },
      updatePolicy: {},
    },
  ],
  vppLocationId: sampleId,
  segmentId: 1,
};

describe('the requests of Apple', () => {
  test("a list filters by policy under the platform's name", async () => {
    const { transport, seen } = await startUpstream(pageOf([]));
    await createApple(transport).listTokens(startOperation(), asked, {
      page: 2,
      limit: 20,
      sort: { field: 'displayName', direction: 'descending' },
      filter: { userId, policyId, includeDeleted: false },
    });
    expect(seen.map(requestLine)).toStrictEqual([
      `GET ${tokens}?page=2&limit=20&sort=displayName%3Adesc&mdm-user=${userId}&adm-policy=${policyId}`,
    ]);
  });

  test('policies are listed and got by their own paths', async () => {
    const { transport, seen, answerWith } = await startUpstream(pageOf([{ id: policyId }]));
    const platform = createApple(transport);
    const page = await platform.listPolicies(startOperation(), asked, {
      page: 1,
      limit: 500,
      sort: { field: 'createdAt', direction: 'descending' },
    });
    expect(page.items).toMatchObject([{ platform: 'APPLE', sourceId: policyId }]);
    answerWith(success({ id: policyId }));
    await platform.getPolicy(startOperation(), asked, policyId);
    expect(seen.map(requestLine)).toStrictEqual([
      `GET ${base}/policies?page=1&limit=500&sort=createdAt%3Adesc`,
      `GET ${base}/policies/${policyId}`,
    ]);
  });

  test("a create with the values of the documents sends the documents' body", async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    await createApple(transport).createToken(startOperation(), asked, userId, everything);
    expect(seen.map(requestLine)).toStrictEqual([`POST ${tokens}`]);
    expect({
      ...bodyOf(seen),
      mdmUserId: sampleId,
      admPolicyAssignments: [{ admPolicyId: sampleId, priority: 10 }],
    }).toStrictEqual(example('composed/apple-create.request.json'));
    expect(bodyOf(seen)).toMatchObject({
      mdmUserId: userId,
      admPolicyAssignments: [{ admPolicyId: policyId, priority: 10 }],
    });
  });

  test('an application sends its status, and no key for absent fields', async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    await createApple(transport).createToken(startOperation(), asked, userId, {
      sendEmail: false,
      applications: [
        { applicationId: 'a1', actionStatus: 'forceInstall', scripts: { runner: 'zsh' } },
        { applicationId: 'a2' },
      ],
      vppLocationId: '',
    });
    expect(bodyOf(seen)).toStrictEqual({
      mdmUserId: userId,
      sendEmail: false,
      applications: [
        { admApplication: 'a1', actionStatus: 'forceInstall', scripts: { runner: 'zsh' } },
        { admApplication: 'a2' },
      ],
    });
  });

  test('a bulk create sends addresses in place of the user', async () => {
    const { transport, seen } = await startUpstream(success({ total: 1, success: 1, fail: 0 }));
    await createApple(transport).bulkCreateTokens(startOperation(), asked, ['ana@example.com'], {
      sendEmail: true,
      profileIds: [sampleId],
      policyAssignments: [],
    });
    expect(seen.map(requestLine)).toStrictEqual([`POST ${tokens}/bulk`]);
    expect(bodyOf(seen)).toStrictEqual({
      userEmails: ['ana@example.com'],
      sendEmail: true,
      profiles: [sampleId],
      admPolicyAssignments: [],
    });
  });

  test('an update sends all five fields, the legacy policy under its name in requests', async () => {
    const { transport, seen } = await startUpstream(success({ id: tokenId }));
    await createApple(transport).updateToken(startOperation(), asked, tokenId, {
      displayName: 'Renamed',
      tags: [],
      legacyPolicyId: otherPolicyId,
      policyAssignments: [{ policyId, priority: 10_000 }],
      segmentId: 0,
    });
    expect(seen.map(requestLine)).toStrictEqual([`PUT ${tokens}/${tokenId}`]);
    expect(bodyOf(seen)).toStrictEqual({
      displayName: 'Renamed',
      tags: [],
      policyId: otherPolicyId,
      admPolicyAssignments: [{ admPolicyId: policyId, priority: 10_000 }],
      segmentId: 0,
    });
  });

  test.each([
    ['route not found', refusal(404, 1002)],
    ['method not allowed', raw('', 405)],
  ])('update and revocation are not supported if the answer is %s', async (_name, answer) => {
    const { transport, seen } = await startUpstream(answer);
    const platform = createApple(transport);
    const change = {
      displayName: null,
      tags: [],
      legacyPolicyId: null,
      policyAssignments: [],
      segmentId: null,
    };
    const updated = platform.updateToken(startOperation(), asked, tokenId, change);
    expect(await failureOf(updated)).toBeInstanceOf(NotSupportedError);
    const revoked = platform.revokeToken(startOperation(), asked, tokenId);
    expect(await failureOf(revoked)).toBeInstanceOf(NotSupportedError);
    expect(seen).toHaveLength(2);
  });
});

describe('the counts of a bulk create', () => {
  const emails = ['ana@example.com', 'luis@example.com', 'eva@example.com'];
  const bulk = async (data: unknown) => {
    const { transport } = await startUpstream(success(data));
    return createApple(transport).bulkCreateTokens(startOperation(), asked, emails, {
      sendEmail: true,
    });
  };

  test.each([
    ['floats', { total: 3.0, success: 1.9999999, fail: 1 }, [3, 2, 1]],
    ['no total', { success: 1, fail: 2 }, [3, 1, 2]],
    ['successes alone', { success: 2 }, [3, 2, 1]],
    ['failures alone', { fail: 1 }, [3, 2, 1]],
    ['the tokens made', [{ id: 't1' }, { id: 't2' }], [3, 2, 1]],
    ['a page of the tokens made', { items: [{ id: 't1' }] }, [3, 1, 2]],
  ])('follow from %s', async (_name, data, [total, success_, fail]) => {
    expect(await bulk(data)).toStrictEqual({ total, success: success_, fail });
  });

  test.each([
    ['nothing', null],
    ['an empty object', {}],
    ['texts', { total: 'three', success: 'many', fail: 'few' }],
    ['a total alone', { total: 3 }],
  ])('are not invented from %s', async (_name, data) => {
    expect(await failureOf(bulk(data))).toBeInstanceOf(ContractBrokenError);
  });
});
