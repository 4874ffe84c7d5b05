import { describe, expect, test } from 'vitest';
import { startOperation } from '../../rest/harness.ts';
import { asked, createWindows, policyId, startUpstream, success, tokenId } from '../upstream.ts';

describe('a Windows policy', () => {
  const details = {
    id: policyId,
    winEnterpriseId: 'e1',
    name: 'Laptops',
    config: { wifi: { ssid: 'office', password: 'planted-secret' }, password: { minLength: 8 } },
    applications: [
      { winApplicationId: 'a1', action: 'available' },
      { action: 'forceInstall' },
      { winApplicationId: 'a3', action: 'forceInstall' },
    ],
    applicationsInfo: [{ id: 'a3', name: 'Third' }, { name: 'Nobody' }, { id: 'a9' }],
    scripts: [{ id: 's1' }, { id: 's2' }],
    scriptsInfo: [{ name: 'placed first' }],
    admxConfigs: [{ winAdmxConfigId: 'x1' }, { winAdmxConfigId: 'x2' }],
    admxConfigsInfo: [{ id: 'x2', appName: 'Browser' }],
    assets: 'no list',
  };

  test('joins its lists with the details of their entries by id, or else by index', async () => {
    const { transport } = await startUpstream(success(details));
    const policy = await createWindows(transport).getPolicy(startOperation(), asked, policyId);
    expect(policy).toMatchObject({
      organizationId: asked,
      applications: [
        { applicationId: 'a1', action: 'available', info: null },
        { applicationId: 'a3', action: 'forceInstall', info: { id: 'a3', name: 'Third' } },
      ],
      scripts: [
        { scriptId: 's1', info: { name: 'placed first' } },
        { scriptId: 's2', info: null },
      ],
      admxConfigs: [
        { admxConfigId: 'x1', appName: null },
        { admxConfigId: 'x2', appName: 'Browser' },
      ],
      assets: [],
      agentConfiguration: null,
      version: null,
    });
  });

  test('keeps the rules for passwords and drops the passwords', async () => {
    const { transport } = await startUpstream(success(details));
    const policy = await createWindows(transport).getPolicy(startOperation(), asked, policyId);
    expect(policy).toMatchObject({
      config: { wifi: { ssid: 'office' }, password: { minLength: 8 } },
    });
    expect(JSON.stringify(policy)).not.toContain('planted-secret');
  });

  const embed = async (winPolicy: unknown) => {
    const { transport } = await startUpstream(
      success({ id: tokenId, winPolicyAssignments: [{ winPolicyId: policyId, winPolicy }] }),
    );
    const token = await createWindows(transport).getToken(startOperation(), asked, tokenId);
    return token.policyAssignments;
  };

  test('is complete without the details of empty lists only', async () => {
    const emptyLists = {
      id: policyId,
      winEnterpriseId: 'e1',
      name: null,
      config: null,
      applications: [],
      scripts: [],
      admxConfigs: [],
      assets: null,
      agentConfiguration: null,
      version: 1,
      createdAt: null,
      updatedAt: null,
    };
    const [whole] = await embed(emptyLists);
    expect(whole?.embeddedPolicy).toMatchObject({
      sourceId: policyId,
      organizationId: asked,
      version: 1,
    });
    expect(whole?.embeddedFields).toStrictEqual(whole?.embeddedPolicy);

    const [partial] = await embed({ ...emptyLists, scripts: [{ id: 's1' }] });
    expect(partial?.embeddedPolicy).toBeNull();
    expect(partial?.embeddedFields).not.toHaveProperty('scripts');
    expect(partial?.embeddedFields).toHaveProperty('applications', []);
  });

  test("that is embedded under another policy's id is ignored", async () => {
    expect(await embed({ id: '5f00000000000000000000ff', name: 'Another' })).toStrictEqual([
      { policyId, priority: null, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
    ]);
  });

  test('that is embedded with a name only has a known name', async () => {
    expect(await embed({ name: '' })).toStrictEqual([
      {
        policyId,
        priority: null,
        isLegacy: false,
        embeddedFields: { name: null },
        embeddedPolicy: null,
      },
    ]);
  });
});
