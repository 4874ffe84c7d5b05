import { describe, expect, test } from 'vitest';
import { startOperation } from '../../rest/harness.ts';
import { asked, createApple, policyId, startUpstream, success, tokenId } from '../upstream.ts';

describe('an Apple policy', () => {
  const documented = {
    id: '698f41b2457fafa13d088793',
    organization: '598f469d457fafa13d088795',
    admEnterprise: '698f42e5457fafa13d088794',
    targetType: 'device',
    attachedProfile: {},
    name: 'Corporate Security Policy - iOS',
    profiles: [],
    applications: [],
    books: [{ type: 'asset', id: 'b1' }],
    scripts: [],
    bookmarks: [],
    assets: [],
    agentConfiguration: { allowLocation: true },
    segmentId: '1',
    exposeToChildren: true,
    version: 3,
    updatedAt: '2026-02-10T14: 30:00Z',
    createdAt: '2026-02-01T09: 15:00Z',
  };

  const expectedPolicy = {
    platform: 'APPLE',
    organizationId: documented.organization,
    sourceId: documented.id,
    name: 'Corporate Security Policy - iOS',
    version: 3,
    createdAt: '2026-02-01T09:15:00.000Z',
    updatedAt: '2026-02-10T14:30:00.000Z',
    enterpriseId: documented.admEnterprise,
    targetType: 'device',
    attachedProfile: null,
    profiles: [],
    applications: [],
    scripts: [],
    books: [{ type: 'asset', id: 'b1' }],
    bookmarks: [],
    assets: [],
    agentConfiguration: { allowLocation: true },
    segmentId: 1,
    exposedToChildren: true,
  };

  test('answers every field', async () => {
    const { transport } = await startUpstream(success(documented));
    const policy = await createApple(transport).getPolicy(startOperation(), asked, policyId);
    expect(policy).toStrictEqual(expectedPolicy);
  });

  const tokenWith = async (fields: object) => {
    const { transport } = await startUpstream(success({ id: tokenId, ...fields }));
    return createApple(transport).getToken(startOperation(), asked, tokenId);
  };

  test('that is embedded with every key is complete', async () => {
    const { policyAssignments } = await tokenWith({
      admPolicyAssignments: [{ admPolicyId: documented.id, admPolicy: documented, priority: 10 }],
    });
    expect(policyAssignments).toStrictEqual([
      {
        policyId: documented.id,
        priority: 10,
        isLegacy: false,
        embeddedFields: expectedPolicy,
        embeddedPolicy: expectedPolicy,
      },
    ]);
  });

  test.each(
    Object.keys(documented).filter((key) => key !== 'organization'),
  )('that is embedded without %s is not whole', async (key) => {
    const entries = Object.entries(documented).filter(([name]) => name !== key);
    const { policyAssignments } = await tokenWith({
      admPolicyAssignments: [
        { admPolicyId: documented.id, admPolicy: Object.fromEntries(entries), priority: 10 },
      ],
    });
    expect(policyAssignments.map(({ embeddedPolicy }) => embeddedPolicy)).toStrictEqual([null]);
    const known = Object.keys(policyAssignments[0]?.embeddedFields ?? {});
    const lost = key === 'id' ? 3 : 1;
    expect(known).toHaveLength(Object.keys(expectedPolicy).length - lost);
  });

  test('as the legacy single one may be an id, an object with an id, or nothing', async () => {
    const legacy = async (admPolicy: unknown) => (await tokenWith({ admPolicy })).policyAssignments;
    expect(await legacy(policyId)).toStrictEqual([
      { policyId, priority: null, isLegacy: true, embeddedFields: {}, embeddedPolicy: null },
    ]);
    expect(await legacy({ id: policyId, name: 'Phones' })).toStrictEqual([
      {
        policyId,
        priority: null,
        isLegacy: true,
        embeddedFields: {
          platform: 'APPLE',
          organizationId: asked,
          sourceId: policyId,
          name: 'Phones',
        },
        embeddedPolicy: null,
      },
    ]);
    for (const nothing of [null, {}, '', [], 0]) expect(await legacy(nothing)).toStrictEqual([]);
  });
});

describe('secrets in an Apple answer', () => {
  test('never reach the domain, at whatever depth a password is', async () => {
    const secret = 'planted-secret';
    const certificates = [{ mdmAssetId: 'c1', password: secret, location: 'system' }];
    const planted = {
      id: tokenId,
      config: { certificates, nested: [{ Password: secret }] },
      profiles: [{ id: 'p1', certificates, config: { certificates, wifi: { password: secret } } }],
      applications: [{ admApplication: 'a1', configuration: { PASSWORD: secret } }],
      admVppLocation: { id: 'v1', token: secret, authToken: secret },
      admPolicyAssignments: [
        {
          admPolicyId: policyId,
          admPolicy: {
            profiles: [{ id: 'p1', certificates }],
            attachedProfile: { id: 'p2', certificates, config: { certificates } },
            assets: [{ password: secret }],
          },
        },
      ],
    };
    const { transport } = await startUpstream(success(planted));
    const token = await createApple(transport).getToken(startOperation(), asked, tokenId);
    const text = JSON.stringify(token);
    expect(text).not.toContain(secret);
    expect(text.match(/"assetId":"c1"/g)).toHaveLength(3);
  });
});
