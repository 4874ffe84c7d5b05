// The data of the upstream. It is the same in every run.

export const organizationId = '5f00000000000000000000a0';

const userCount = 300;
const policiesPerPlatform = 20;
const tokensPerPlatform = 2_500;
/** The number of tokens of each platform on the newest page of both. */
const newest = 25;
const newestUsers = 41;
const newestPolicies = 10;

const hex = (prefix: string, index: number): string =>
  prefix + index.toString(16).padStart(24 - prefix.length, '0');

const startMs = Date.UTC(2026, 5, 1);
const moment = (minutes: number): string => new Date(startMs + minutes * 60_000).toISOString();

/** A stored object of the upstream. */
export type Item = Readonly<Record<string, unknown>> & { readonly id: string };

/** The field names and fields of one platform. */
interface FieldNames {
  readonly prefix: string;
  readonly organization: string;
  readonly enterprise: string;
  readonly device: string;
  readonly policyId: string;
  readonly policy: string;
  readonly assignments: string;
  readonly type: string;
  /** Fields of tokens that only this platform has. */
  readonly own: Readonly<Record<string, unknown>>;
  /** Fields of policies that only this platform has. */
  readonly ownOfPolicies: Readonly<Record<string, unknown>>;
}

const windows: FieldNames = {
  prefix: 'a1',
  organization: 'organizationId',
  enterprise: 'winEnterpriseId',
  device: 'winDeviceId',
  policyId: 'winPolicyId',
  policy: 'winPolicy',
  assignments: 'winPolicyAssignments',
  type: 'enrollment',
  own: { winPolicyId: '' },
  ownOfPolicies: {
    config: { passwords: { minLength: 12 }, updates: { ring: 'broad', deferDays: 7 } },
    applications: [],
    applicationsInfo: [],
    scripts: [],
    scriptsInfo: [],
    admxConfigs: [],
    admxConfigsInfo: [],
    assets: [],
    assetsInfo: [],
    agentConfiguration: { enabled: true, buildTag: 'stable', allowLocation: false },
  },
};

const apple: FieldNames = {
  prefix: 'a2',
  organization: 'organization',
  enterprise: 'admEnterprise',
  device: 'admDevice',
  policyId: 'admPolicyId',
  policy: 'admPolicy',
  assignments: 'admPolicyAssignments',
  type: 'user',
  own: {
    admPolicy: null,
    admVppLocation: null,
    profiles: [],
    applications: [],
    configuration: { skipPersonalInfo: true },
  },
  ownOfPolicies: {
    targetType: 'device',
    attachedProfile: null,
    profiles: [],
    applications: [],
    applicationsInfo: [],
    books: [],
    booksInfo: [],
    scripts: [],
    scriptsInfo: [],
    bookmarks: [],
    assets: [],
    assetsInfo: [],
    segmentId: '1',
    exposeToChildren: false,
  },
};

const userId = (index: number): string => hex('c0', index);

/** The users, shared by both platforms. */
export const users: readonly Item[] = Array.from({ length: userCount }, (_, index) => ({
  id: userId(index),
  email: `person.${index}@example.com`,
  name: `Person Number ${index}`,
  tags: ['staff'],
  android: {},
  apple: { devices: 1, enrollmentTokens: 2 },
  windows: { devices: 1, enrollmentTokens: 2 },
  language: 'en',
  managedAppleId: null,
  metadata: {},
  inferredSegmentIds: [0],
  createdAt: moment(index),
  updatedAt: moment(index),
}));

const policiesOf = (words: FieldNames): readonly Item[] =>
  Array.from({ length: policiesPerPlatform }, (_, index) => ({
    id: hex(`${words.prefix}b0`, index),
    [words.organization]: organizationId,
    [words.enterprise]: hex(words.prefix, 1),
    name: `Policy ${words.prefix} ${index}`,
    version: index + 1,
    createdAt: moment(index),
    updatedAt: moment(index + 1),
    ...words.ownOfPolicies,
  }));

/** Makes the tokens of a platform, newest first. The newest page of both platforms has 41 users and 20 policies. Embedded policies are `{}`, embedded users incomplete. */
const tokensOf = (words: FieldNames, place: number): readonly Item[] =>
  Array.from({ length: tokensPerPlatform }, (_, index) => {
    const isNewest = index < newest;
    const user = isNewest ? (2 * index + place) % newestUsers : (index * 7 + place) % userCount;
    const policy = index % (isNewest ? newestPolicies : policiesPerPlatform);
    const createdAt = moment(100_000 - (2 * index + place));
    return {
      id: hex(`${words.prefix}e0`, tokensPerPlatform - index),
      [words.organization]: organizationId,
      [words.enterprise]: hex(words.prefix, 1),
      [words.device]: null,
      mdmUser: { id: userId(user), email: `person.${user}@example.com` },
      displayName: `Laptop ${index} of person ${user}`,
      tags: ['onboarding', 'laptop'],
      state: 'PENDING',
      config: {},
      type: words.type,
      subType: 'standard',
      createdAt,
      updatedAt: createdAt,
      expireAt: moment(200_000 - (2 * index + place)),
      enrollmentLink: `https://mdm.example.com/enroll?token=${hex('', index)}`,
      enrollCode: `CODE${index}`,
      [words.assignments]: [
        { [words.policyId]: hex(`${words.prefix}b0`, policy), [words.policy]: {}, priority: 100 },
      ],
      summary: { expirationTimestamp: moment(200_000 - (2 * index + place)) },
      sendEmail: true,
      emailText: 'Welcome. Click the link to enroll your device.',
      segmentId: '1',
      ...words.own,
    };
  });

/** The lists of the upstream, by their path below the organization. */
export const lists: ReadonlyMap<string, readonly Item[]> = new Map([
  ['/mdm/windows/enterprise/enrollment-tokens', tokensOf(windows, 0)],
  ['/mdm/apple/enterprise/enrollment-tokens', tokensOf(apple, 1)],
  ['/mdm/windows/enterprise/policies', policiesOf(windows)],
  ['/mdm/apple/enterprise/policies', policiesOf(apple)],
  ['/mdm/users', users],
]);
