import { describe, expect, test } from 'vitest';
import { json, startOperation } from '../../rest/harness.ts';
import { appleTokenExtras } from '../documented-parts.ts';
import {
  asked,
  createApple,
  example,
  newestFirst,
  startUpstream,
  tokenId,
  userId,
} from '../upstream.ts';

const id = '698f3bde457fafa13d088791';
const expected = {
  platform: 'APPLE',
  organizationId: id,
  sourceId: id,
  displayName: 'John Doe - iPhone 15 Pro',
  tags: ['sales', 'executive', 'iphone'],
  state: 'PENDING',
  type: 'user',
  subType: 'standard',
  createdAt: '2026-01-15T10:30:00.000Z',
  updatedAt: '2026-02-10T14:22:00.000Z',
  expiresAt: '2026-02-20T10:30:00.000Z',
  sortKeys: {
    createdAt: '2026-01-15T10:30:00.000Z',
    updatedAt: '2026-02-10T14:22:00.000Z',
    expiresAt: '2026-02-20T10:30:00.000Z',
    displayName: 'John Doe - iPhone 15 Pro',
    state: 'PENDING',
  },
  enrollmentLink: 'https://app.applivery.com/enroll/apple/ABC123DEF456',
  enrollmentCode: 'ABC123DEF',
  user: { sourceId: id, embeddedFields: { organizationId: id, sourceId: id, email: null } },
  legacyPolicyId: null,
  policyAssignments: [
    { policyId: id, priority: 10, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
  ],
  deviceId: id,
  sendEmail: true,
  emailText: 'Please enroll your device by following the instructions in this email.',
  segmentId: 1,
  config: {},
  enterpriseId: id,
  ...appleTokenExtras,
};

describe('the documented answers of Apple', () => {
  test('a create answers the token', async () => {
    const { transport } = await startUpstream(json(example('apple-create.200.json')));
    const token = await createApple(transport).createToken(startOperation(), asked, userId, {
      sendEmail: true,
    });
    expect(token).toStrictEqual(expected);
  });

  test('get one answers the token', async () => {
    const { transport } = await startUpstream(json(example('composed/apple-get.200.json')));
    const token = await createApple(transport).getToken(startOperation(), asked, tokenId);
    expect(token).toStrictEqual(expected);
  });

  test('the list holds the same token', async () => {
    const { transport } = await startUpstream(json(example('composed/apple-list.200.json')));
    const page = await createApple(transport).listTokens(startOperation(), asked, newestFirst);
    expect(page).toStrictEqual({
      items: [expected],
      limit: 50,
      totalCount: 0,
      hasNextPage: true,
    });
  });
});
