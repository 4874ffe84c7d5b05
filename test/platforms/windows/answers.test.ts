import { describe, expect, test } from 'vitest';
import { json, startOperation } from '../../rest/harness.ts';
import { windowsLegacyPolicy } from '../documented-parts.ts';
import {
  asked,
  createWindows,
  example,
  newestFirst,
  startUpstream,
  tokenId,
  userId,
} from '../upstream.ts';

const id = '698efa6ed851667d9c0aec88';

const currentToken = {
  platform: 'WINDOWS',
  organizationId: id,
  sourceId: id,
  displayName: 'Engineering Laptop - John Doe',
  tags: ['engineering', 'laptop', 'corporate'],
  state: 'PENDING',
  type: 'enrollment',
  subType: 'standard',
  createdAt: '2026-01-15T09:30:00.000Z',
  updatedAt: '2026-02-10T12:00:00.000Z',
  expiresAt: '2026-03-15T09:30:00.000Z',
  sortKeys: {
    createdAt: '2026-01-15T09:30:00.000Z',
    updatedAt: '2026-02-10T12:00:00.000Z',
    expiresAt: '2026-03-15T09:30:00.000Z',
    displayName: 'Engineering Laptop - John Doe',
    state: 'PENDING',
  },
  enrollmentLink: 'https://mdm.company.com/enroll?token=abc123def456',
  enrollmentCode: 'ABC123',
  user: { sourceId: id, embeddedFields: { organizationId: id, sourceId: id, email: null } },
  legacyPolicyId: id,
  policyAssignments: [
    {
      policyId: id,
      priority: 100,
      isLegacy: false,
      embeddedFields: {
        platform: 'WINDOWS',
        organizationId: id,
        sourceId: id,
        name: 'Corporate Security Policy',
      },
      embeddedPolicy: null,
    },
  ],
  deviceId: id,
  sendEmail: true,
  emailText:
    'Welcome to the corporate device management program. Click the link to enroll your device.',
  segmentId: 1,
  config: {},
  enterpriseId: id,
};

const legacyMoment = '2024-01-01T00:00:00.000Z';

const wholePolicy = {
  platform: 'WINDOWS',
  organizationId: asked,
  sourceId: 'string',
  ...windowsLegacyPolicy,
};

const legacyToken = {
  platform: 'WINDOWS',
  organizationId: asked,
  sourceId: 'string',
  displayName: 'string',
  tags: ['string'],
  state: 'PENDING',
  type: 'string',
  subType: 'string',
  createdAt: legacyMoment,
  updatedAt: legacyMoment,
  expiresAt: legacyMoment,
  sortKeys: {
    createdAt: legacyMoment,
    updatedAt: legacyMoment,
    expiresAt: legacyMoment,
    displayName: 'string',
    state: 'PENDING',
  },
  enrollmentLink: 'string',
  enrollmentCode: 'string',
  user: {
    sourceId: 'string',
    embeddedFields: { organizationId: asked, sourceId: 'string', email: null },
  },
  legacyPolicyId: 'string',
  policyAssignments: [
    {
      policyId: 'string',
      priority: 0,
      isLegacy: false,
      embeddedFields: wholePolicy,
      embeddedPolicy: wholePolicy,
    },
  ],
  deviceId: 'string',
  sendEmail: true,
  emailText: 'string',
  segmentId: null,
  config: {},
  enterpriseId: 'string',
};

describe('the documented answers of Windows', () => {
  test('the current page creates a token with its policy named', async () => {
    const { transport } = await startUpstream(json(example('windows-create.200.json')));
    const platform = createWindows(transport);
    const token = await platform.createToken(startOperation(), asked, userId, { sendEmail: true });
    expect(token).toStrictEqual(currentToken);
  });

  test('the older page creates a token with its policy whole and placeholders for ids', async () => {
    const { transport } = await startUpstream(json(example('windows-create-legacy.200.json')));
    const platform = createWindows(transport);
    const token = await platform.createToken(startOperation(), asked, userId, { sendEmail: true });
    expect(token).toStrictEqual(legacyToken);
  });

  test('the list holds the same token and contradictory page numbers', async () => {
    const { transport } = await startUpstream(json(example('windows-list.200.json')));
    const platform = createWindows(transport);
    const page = await platform.listTokens(startOperation(), asked, newestFirst);
    expect(page).toStrictEqual({
      items: [currentToken],
      limit: 50,
      totalCount: 0,
      hasNextPage: true,
    });
  });

  test('an update answers the token', async () => {
    const { transport } = await startUpstream(json(example('windows-update.200.json')));
    const token = await createWindows(transport).updateToken(startOperation(), asked, tokenId, {
      displayName: null,
      tags: [],
      legacyPolicyId: null,
      policyAssignments: [],
      segmentId: null,
    });
    expect(token).toStrictEqual(currentToken);
  });

  test('a bulk create answers its counts', async () => {
    const { transport } = await startUpstream(json(example('windows-bulk.200.json')));
    const counts = await createWindows(transport).bulkCreateTokens(
      startOperation(),
      asked,
      ['ana@example.com'],
      { sendEmail: true },
    );
    expect(counts).toStrictEqual({ total: 10, success: 9, fail: 1 });
  });
});
