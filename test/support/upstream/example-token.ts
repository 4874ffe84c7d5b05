import { toMdmUserId } from '../../../src/domain/mdm-user.ts';
import { toOrganizationId } from '../../../src/domain/organization.ts';
import { toPlatformKey } from '../../../src/domain/platform-key.ts';
import { type EnrollmentToken, toTokenId } from '../../../src/domain/token.ts';

export const exampleOrganizationId = toOrganizationId('5f0000000000000000000001');
export const exampleUserId = toMdmUserId('5e0000000000000000000001');

/** Makes a pending token of the example user, with the given changes. */
export const exampleToken = (changes: Partial<EnrollmentToken> = {}): EnrollmentToken => {
  const createdAt = changes.createdAt ?? '2026-01-01T00:00:00.000Z';
  return {
    platform: toPlatformKey('EXAMPLE'),
    organizationId: exampleOrganizationId,
    sourceId: toTokenId('6b0000000000000000000001'),
    displayName: null,
    tags: [],
    state: 'PENDING',
    type: null,
    subType: null,
    createdAt,
    updatedAt: createdAt,
    expiresAt: new Date(Date.parse(createdAt) + 86_400_000).toISOString(),
    sortKeys: {
      createdAt,
      updatedAt: createdAt,
      expiresAt: null,
      displayName: null,
      state: 'PENDING',
    },
    enrollmentLink: 'https://enroll.example/secret-link',
    enrollmentCode: 'SECRET-CODE',
    user: { sourceId: exampleUserId, embeddedFields: { email: 'ana@example.com' } },
    policyAssignments: [],
    legacyPolicyId: null,
    deviceId: null,
    sendEmail: false,
    emailText: null,
    segmentId: null,
    config: null,
    enterpriseId: null,
    ...changes,
  };
};
