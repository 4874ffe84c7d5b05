import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  at,
  type MutationName,
  mutate,
  startWriteWorld,
  tokenFields,
  type WriteWorld,
  writesOf,
} from './world.ts';

const profileId = '5f1b2c3d4e5f6a7b8c9d0e1f';
const applicationId = '6a1b2c3d4e5f6a7b8c9d0e2f';
const locationId = '7c1b2c3d4e5f6a7b8c9d0e3f';

const common = {
  sendEmail: true,
  displayName: 'Laptop of Ana',
  tags: ['engineering', 'madrid'],
  durationSeconds: 7_200,
  language: 'es',
  emailText: 'Enroll it today.',
  segmentId: 3,
};
const sentCommon = {
  sendEmail: true,
  displayName: 'Laptop of Ana',
  tags: ['engineering', 'madrid'],
  duration: 7_200,
  language: 'es',
  emailText: 'Enroll it today.',
  segmentId: 3,
};

const scripts = {
  preInstall: 'echo before',
  postInstall: 'echo after',
  audit: 'test -e /Applications/Tool.app',
  enforce: 'open /Applications/Tool.app',
  runner: 'bash',
};
const appleOnly = {
  profileIds: [profileId],
  applications: [
    {
      applicationId,
      managed: true,
      vpp: false,
      iosApp: true,
      action: 'FORCE_INSTALL',
      actionStatus: 'FORCE_INSTALL',
      configuration: { server: 'mdm.example.com', limits: [1, null] },
      updatePolicy: { automatic: true },
      scripts,
    },
  ],
  vppLocationId: locationId,
};
const sentAppleOnly = {
  profiles: [profileId],
  applications: [
    {
      admApplication: applicationId,
      managed: true,
      vpp: false,
      iOSApp: true,
      action: 'forceInstall',
      actionStatus: 'forceInstall',
      configuration: { server: 'mdm.example.com', limits: [1, null] },
      updatePolicy: { automatic: true },
      scripts,
    },
  ],
  admVppLocationId: locationId,
};

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const listed = z.object({ enrollmentTokens: z.object({ nodes: z.array(z.unknown()) }) });

/** The newest tokens, as the list shows them. */
const newest = async (count: number): Promise<readonly unknown[]> => {
  const { data } = await world.ask(
    `{ enrollmentTokens(first: ${count}) { nodes { ${tokenFields} } } }`,
  );
  return listed.parse(data).enrollmentTokens.nodes;
};

interface Platform {
  readonly title: string;
  readonly single: MutationName;
  readonly bulk: MutationName;
  readonly operations: { readonly create: string; readonly bulk: string };
  readonly policies: () => WriteWorld['applePolicies'];
  readonly extra: object;
  readonly sentExtra: object;
  readonly sentAssignments: (ids: readonly (readonly [string, number])[]) => object;
}

const platforms: readonly Platform[] = [
  {
    title: 'Windows',
    single: 'createWindowsEnrollmentToken',
    bulk: 'bulkCreateWindowsEnrollmentTokens',
    operations: {
      create: 'mdm.windows.enrollmentToken.create',
      bulk: 'mdm.windows.enrollmentToken.bulk',
    },
    policies: () => world.windowsPolicies,
    extra: {},
    sentExtra: {},
    sentAssignments: (ids) => ({
      winPolicyAssignments: ids.map(([winPolicyId, priority]) => ({ winPolicyId, priority })),
    }),
  },
  {
    title: 'Apple',
    single: 'createAppleEnrollmentToken',
    bulk: 'bulkCreateAppleEnrollmentTokens',
    operations: {
      create: 'mdm.apple.enrollmentToken.create',
      bulk: 'mdm.apple.enrollmentToken.bulk',
    },
    policies: () => world.applePolicies,
    extra: appleOnly,
    sentExtra: sentAppleOnly,
    sentAssignments: (ids) => ({
      admPolicyAssignments: ids.map(([admPolicyId, priority]) => ({ admPolicyId, priority })),
    }),
  },
];

describe.each(platforms)('a create on $title', (platform) => {
  const { single, bulk, operations, extra, sentExtra, sentAssignments } = platform;
  const assigned = () => {
    const [first, second] = [at(platform.policies(), 0), at(platform.policies(), 1)];
    return {
      given: [
        { policyId: first.id, priority: 10_000 },
        { policyId: second.id, priority: 0 },
      ],
      sent: sentAssignments([
        [first.sourceId, 10_000],
        [second.sourceId, 0],
      ]),
      strongestFirst: [
        { priority: 0, policySourceId: second.sourceId },
        { priority: 10_000, policySourceId: first.sourceId },
      ],
    };
  };

  test('sends every field once, flat, and answers the token that the next list shows', async () => {
    const user = at(world.users, 3);
    const { given, sent, strongestFirst } = assigned();
    const { enrollmentToken, userErrors, replayed } = await mutate(world, single, {
      userId: user.id,
      ...common,
      ...extra,
      policyAssignments: given,
    });
    expect(writesOf(world)).toStrictEqual([
      {
        operation: operations.create,
        body: { mdmUserId: user.sourceId, ...sentCommon, ...sent, ...sentExtra },
      },
    ]);
    expect(userErrors).toStrictEqual([]);
    expect(replayed).toBe(false);
    expect(enrollmentToken).toMatchObject({
      organizationId: world.sandbox.organizationId,
      platform: platform.title.toUpperCase(),
      displayName: common.displayName,
      tags: common.tags,
      state: 'PENDING',
      isUsable: true,
      sendEmail: true,
      emailText: common.emailText,
      segmentId: 3,
      enrollmentLink: expect.stringMatching(/^https:/),
      enrollmentCode: expect.stringMatching(/./),
      user: { id: user.id, email: user.email },
      policyAssignments: strongestFirst.map((assignment) => ({
        ...assignment,
        policy: { name: expect.any(String) },
      })),
      ...(platform.title === 'Apple' && {
        vppLocation: { id: locationId },
        profiles: [{ id: profileId }],
        applications: [
          {
            ...at(appleOnly.applications, 0),
            action: 'forceInstall',
            actionStatus: 'forceInstall',
          },
        ],
      }),
    });
    expect(await newest(1)).toStrictEqual([enrollmentToken]);
  });

  test('costs one call where what is selected came with the token', async () => {
    const { given } = assigned();
    await mutate(
      world,
      single,
      { userId: at(world.users, 4).id, sendEmail: false, policyAssignments: given },
      {
        selection:
          'enrollmentToken { id sourceId user { email } policyAssignments { policySourceId } } userErrors { __typename code message path }',
      },
    );
    expect(world.sandbox.requests()).toHaveLength(1);
  });

  test('sends nothing for what is left out or null', async () => {
    const user = at(world.users, 5);
    const minimum = { userId: user.id, sendEmail: false };
    const nothing = Object.fromEntries(
      [...Object.keys(common), ...Object.keys(extra), 'policyAssignments', 'idempotencyKey']
        .filter((name) => name !== 'sendEmail')
        .map((name) => [name, null]),
    );
    await mutate(world, single, minimum);
    await mutate(world, single, { organizationId: null, ...minimum, ...nothing });
    const body = { mdmUserId: user.sourceId, sendEmail: false };
    expect(writesOf(world).map((write) => write.body)).toStrictEqual([body, body]);
  });

  test('in bulk sends every field once, flat, and the next list shows the tokens', async () => {
    const invited = [at(world.users, 6), at(world.users, 7), at(world.users, 8)];
    const emails = invited.map(({ email }) => email);
    const { given, sent } = assigned();
    const payload = await mutate(world, bulk, {
      userEmails: emails,
      ...common,
      ...extra,
      policyAssignments: given,
    });
    expect(writesOf(world)).toStrictEqual([
      {
        operation: operations.bulk,
        body: { userEmails: emails, ...sentCommon, ...sent, ...sentExtra },
      },
    ]);
    expect(payload).toStrictEqual({
      total: 3,
      success: 3,
      fail: 0,
      replayed: false,
      userErrors: [],
    });
    const owners = z.array(
      z.object({ displayName: z.string(), user: z.object({ email: z.string() }) }),
    );
    const shown = owners.parse(await newest(3));
    expect(shown.map(({ user }) => user.email).sort()).toStrictEqual(emails.toSorted());
    expect(new Set(shown.map(({ displayName }) => displayName))).toStrictEqual(
      new Set([common.displayName]),
    );
  });

  test('in bulk sends nothing for what is left out', async () => {
    const { email } = at(world.users, 9);
    await mutate(world, bulk, { userEmails: [email], sendEmail: true });
    expect(writesOf(world).map(({ body }) => body)).toStrictEqual([
      { userEmails: [email], sendEmail: true },
    ]);
  });
});
