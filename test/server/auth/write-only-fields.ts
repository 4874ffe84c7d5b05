/** The fields of a type that a caller without the read scope may select, and those that it may not. */
export interface Decision {
  readonly open: readonly string[];
  readonly read: readonly string[];
}

const answer: Decision = { open: ['enrollmentToken', 'userErrors'], read: [] };
const created: Decision = { open: [...answer.open, 'replayed'], read: [] };
const bulk: Decision = {
  open: ['total', 'success', 'fail', 'replayed', 'results', 'userErrors'],
  read: [],
};
const error: Decision = { open: ['code', 'message', 'path'], read: [] };

const token: Decision = {
  open: ['id', 'sourceId', 'organizationId'],
  read: [
    ...['config', 'createdAt', 'device', 'displayName', 'emailText', 'enrollmentCode'],
    ...['enrollmentLink', 'enrollmentQrCode', 'expiresAt', 'isUsable', 'platform'],
    ...['policyAssignments', 'segmentId', 'sendEmail', 'state', 'subType', 'tags', 'type'],
    ...['updatedAt', 'user'],
  ],
};

/**
 * One entry for each type that a mutation can reach. A field that is in neither list fails the test. A new field must be
 * added here, and in `src/server/auth/read-scope.ts` if a caller without the read scope may select it.
 */
export const decisions: Readonly<Record<string, Decision>> = {
  CreateWindowsEnrollmentTokenPayload: created,
  CreateAppleEnrollmentTokenPayload: created,
  BulkCreateWindowsEnrollmentTokensPayload: bulk,
  BulkCreateAppleEnrollmentTokensPayload: bulk,
  UpdateEnrollmentTokenPayload: answer,
  RevokeEnrollmentTokenPayload: {
    open: [...answer.open, 'revokedEnrollmentTokenId'],
    read: [],
  },
  BulkEnrollmentResult: { open: ['email', 'outcome', 'error', 'enrollmentToken'], read: [] },
  EnrollmentToken: token,
  WindowsEnrollmentToken: { open: token.open, read: [...token.read, 'enterpriseId'] },
  AppleEnrollmentToken: {
    open: token.open,
    read: [
      ...token.read,
      ...['applications', 'configuration', 'enroll', 'enterpriseId', 'profiles', 'vppLocation'],
    ],
  },
  MdmError: error,
  MdmInputError: error,
  MdmUpstreamError: error,
  MdmRateLimitError: { open: [...error.open, 'retryAfterSeconds'], read: [] },
  MdmOutcomeUnknownError: { open: error.open, read: ['candidates'] },
};
