/** The API's names for the policies of a token on each platform. */
export interface PlatformWords {
  readonly key: 'windows' | 'apple';
  readonly tokenType: string;
  readonly policyType: string;
  readonly assignments: string;
  readonly policyId: string;
  /** The names of the legacy single policy in requests and in answers. */
  readonly legacyPolicy: string;
  readonly answeredLegacyPolicy: string;
}

export const platformWords: readonly PlatformWords[] = [
  {
    key: 'windows',
    tokenType: 'WindowsEnrollmentToken',
    policyType: 'WindowsPolicy',
    assignments: 'winPolicyAssignments',
    policyId: 'winPolicyId',
    legacyPolicy: 'winPolicyId',
    answeredLegacyPolicy: 'winPolicyId',
  },
  {
    key: 'apple',
    tokenType: 'AppleEnrollmentToken',
    policyType: 'ApplePolicy',
    assignments: 'admPolicyAssignments',
    policyId: 'admPolicyId',
    legacyPolicy: 'policyId',
    answeredLegacyPolicy: 'admPolicy',
  },
];
