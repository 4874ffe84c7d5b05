import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { startGateway } from '../../support/gateway/gateway.ts';
import {
  at,
  faultsOf,
  type MutationName,
  mutate,
  startWriteWorld,
  type WriteWorld,
  writesOf,
} from './world.ts';

const anyId = '5f1b2c3d4e5f6a7b8c9d0e1f';
const otherOrganization = 'aaaaaaaaaaaaaaaaaaaaaaaa';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.clearRequests());

const windowsInput = () => ({ userId: at(world.users, 0).id, sendEmail: false });
const appleInput = windowsInput;
const bulkInput = () => ({ userEmails: [at(world.users, 0).email], sendEmail: false });
const updateInput = () => ({ id: windowsTokenId() });

const windowsTokenId = () => {
  const [token] = world.sandbox.platform('windows').tokens.all();
  return encodeTypeAndKey(
    'WindowsEnrollmentToken',
    `${world.sandbox.organizationId}:${token?.id ?? ''}`,
  );
};

describe('a body with many faults', () => {
  afterEach(() => expect(world.sandbox.requests()).toStrictEqual([]));

  test('names eight at once, each with its path', async () => {
    const { userErrors } = await mutate(world, 'createWindowsEnrollmentToken', {
      organizationId: 'no organization',
      idempotencyKey: 'señal',
      userId: at(world.windowsPolicies, 0).id,
      sendEmail: true,
      displayName: 'x'.repeat(129),
      tags: ['fine', 'y'.repeat(129)],
      durationSeconds: 59,
      language: 'xx',
      policyAssignments: [{ policyId: at(world.windowsPolicies, 0).id, priority: 10_001 }],
    });
    expect(userErrors.map(({ path }) => path?.join('.'))).toStrictEqual([
      'input.organizationId',
      'input.idempotencyKey',
      'input.userId',
      'input.displayName',
      'input.tags.1',
      'input.durationSeconds',
      'input.language',
      'input.policyAssignments.0.priority',
    ]);
    expect(
      new Set(userErrors.map(({ code, __typename }) => `${code} ${__typename}`)),
    ).toStrictEqual(new Set(['INVALID_INPUT MdmInputError']));
    expect(userErrors.map(({ message }) => message)).toStrictEqual([
      'organizationId must be 24 hexadecimal digits, or a slug of three or more letters, digits and hyphens.',
      'idempotencyKey must be 1 to 255 printable ASCII characters.',
      'userId is the id of an MdmPolicy (WindowsPolicy); an MdmUser id is needed here.',
      'displayName must be at most 128 characters.',
      'A tag must be at most 128 characters.',
      'durationSeconds must be 60 to 2592000 (a minute to 30 days); it is 59.',
      'language must be one of de, en, es, fr, it, pt, ru, zh.',
      'priority must be 0 to 10000; it is 10001.',
    ]);
  });

  test('names those of the fields that only Apple has beside the others', async () => {
    const payload = await mutate(world, 'createAppleEnrollmentToken', {
      userId: 'nobody',
      sendEmail: true,
      emailText: 'x'.repeat(10_001),
      segmentId: -1,
      profileIds: [anyId, 'profile'],
      vppLocationId: 'location',
      applications: [
        { applicationId: anyId },
        { applicationId: 'application', configuration: [], updatePolicy: 'always' },
      ],
      policyAssignments: [
        { policyId: at(world.applePolicies, 0).id, priority: -1 },
        { policyId: 'policy', priority: 0 },
      ],
    });
    expect(faultsOf(payload)).toStrictEqual(
      [
        'input.userId',
        'input.emailText',
        'input.policyAssignments.0.priority',
        'input.policyAssignments.1.policyId',
        'input.segmentId',
        'input.profileIds.1',
        'input.vppLocationId',
        'input.applications.1.applicationId',
        'input.applications.1.configuration',
        'input.applications.1.updatePolicy',
      ].map((path) => ['INVALID_INPUT', path]),
    );
  });

  test('is answered so in bulk and for an update, too', async () => {
    const bulk = await mutate(world, 'bulkCreateAppleEnrollmentTokens', {
      organizationId: 'ab',
      userEmails: [],
      sendEmail: false,
      displayName: 'x'.repeat(129),
    });
    expect(faultsOf(bulk).map(([, path]) => path)).toStrictEqual([
      'input.organizationId',
      'input.userEmails',
      'input.displayName',
    ]);
    expect(bulk).toMatchObject({ total: 0, success: 0, fail: 0, replayed: false });
    const update = await mutate(world, 'updateEnrollmentToken', {
      id: windowsTokenId(),
      displayName: 'x'.repeat(129),
      tags: ['y'.repeat(129)],
      segmentId: -1,
      policyAssignments: [{ policyId: at(world.applePolicies, 0).id, priority: 10_001 }],
    });
    expect(faultsOf(update).map(([, path]) => path)).toStrictEqual([
      'input.displayName',
      'input.tags.0',
      'input.policyAssignments.0.policyId',
      'input.policyAssignments.0.priority',
      'input.segmentId',
    ]);
  });
});

describe('an id that is not right', () => {
  const messageFor = async (name: MutationName, input: object): Promise<unknown> => {
    const { userErrors } = await mutate(world, name, input);
    expect(userErrors.map(({ code }) => code)).toStrictEqual(['INVALID_INPUT']);
    expect(writesOf(world)).toStrictEqual([]);
    return userErrors[0];
  };

  test.each([
    [
      'no id at all',
      () => 'nobody',
      'userId is not an id of this gateway: use an id that it returned, or an id of the REST API, which is exactly 24 hexadecimal digits.',
    ],
    [
      'an id of the REST API with a blank',
      () => `${at(world.users, 0).sourceId} `,
      'userId is not an id of this gateway: use an id that it returned, or an id of the REST API, which is exactly 24 hexadecimal digits.',
    ],
    [
      'the id of a type that is not served',
      () => encodeTypeAndKey('Device', `${world.sandbox.organizationId}:${anyId}`),
      'userId is the id of a type that this gateway does not serve.',
    ],
    [
      'the id of a token',
      () => windowsTokenId(),
      'userId is the id of an EnrollmentToken (WindowsEnrollmentToken); an MdmUser id is needed here.',
    ],
    [
      'a user of another organization',
      () => encodeTypeAndKey('MdmUser', `${otherOrganization}:${anyId}`),
      'userId belongs to another organization than the one that the token is for.',
    ],
  ])('as a user: %s', async (_what, id, message) => {
    expect(
      await messageFor('createWindowsEnrollmentToken', { ...windowsInput(), userId: id() }),
    ).toMatchObject({ path: ['input', 'userId'], message });
  });

  test.each([
    [
      'a user',
      () => at(world.users, 0).id,
      'policyId is the id of an MdmUser; an MdmPolicy id is needed here.',
    ],
    [
      'a policy of the other platform',
      () => at(world.windowsPolicies, 0).id,
      'policyId belongs to WINDOWS; one of APPLE is needed here.',
    ],
    [
      'a policy of another organization',
      () => encodeTypeAndKey('ApplePolicy', `${otherOrganization}:${anyId}`),
      'policyId belongs to another organization than the one that the token is for.',
    ],
  ])('as a policy: %s', async (_what, id, message) => {
    expect(
      await messageFor('createAppleEnrollmentToken', {
        ...appleInput(),
        policyAssignments: [{ policyId: id(), priority: 1 }],
      }),
    ).toMatchObject({ path: ['input', 'policyAssignments', '0', 'policyId'], message });
  });

  test.each([
    'updateEnrollmentToken',
    'revokeEnrollmentToken',
  ] as const)('as a token of %s: a policy', async (name) => {
    expect(await messageFor(name, { id: at(world.windowsPolicies, 0).id })).toMatchObject({
      path: ['input', 'id'],
      message:
        'input.id is the id of an MdmPolicy (WindowsPolicy); an EnrollmentToken id is needed here.',
    });
  });
});

describe('an organization', () => {
  test('can be given by its slug, which costs one call the first time', async () => {
    const input = { ...windowsInput(), organizationId: world.sandbox.organizationSlug };
    for (const calls of [2, 1]) {
      world.sandbox.clearRequests();
      const { userErrors } = await mutate(world, 'createWindowsEnrollmentToken', input);
      expect(userErrors).toStrictEqual([]);
      expect(world.sandbox.requests()).toHaveLength(calls);
    }
    expect(at(world.sandbox.requests(), 0).path).toContain(world.sandbox.organizationId);
  });

  test('given by its slug is compared with that of the ids once it is known', async () => {
    const payload = await mutate(world, 'createWindowsEnrollmentToken', {
      organizationId: world.sandbox.organizationSlug,
      userId: encodeTypeAndKey('MdmUser', `${otherOrganization}:${anyId}`),
      sendEmail: true,
    });
    expect(faultsOf(payload)).toStrictEqual([['INVALID_INPUT', 'input.userId']]);
    expect(writesOf(world)).toStrictEqual([]);
  });

  test('with a slug that nobody has is not found, at its path', async () => {
    const payload = await mutate(world, 'bulkCreateWindowsEnrollmentTokens', {
      organizationId: 'nowhere',
      ...bulkInput(),
    });
    expect(payload.userErrors).toStrictEqual([
      {
        __typename: 'MdmInputError',
        code: 'NOT_FOUND',
        path: ['input', 'organizationId'],
        message:
          'The organization does not exist, or the credential may not see it. Give its id or slug as organizationId.',
      },
    ]);
    expect(writesOf(world)).toStrictEqual([]);
  });

  test('with an id that nobody has is not found, at its path, whatever else is named', async () => {
    const bulk = await mutate(world, 'bulkCreateWindowsEnrollmentTokens', {
      organizationId: otherOrganization,
      ...bulkInput(),
    });
    expect(faultsOf(bulk)).toStrictEqual([['NOT_FOUND', 'input.organizationId']]);
    const single = await mutate(world, 'createAppleEnrollmentToken', {
      organizationId: otherOrganization,
      userId: encodeTypeAndKey('MdmUser', `${otherOrganization}:${anyId}`),
      sendEmail: true,
    });
    expect(faultsOf(single)).toStrictEqual([['NOT_FOUND', 'input.organizationId']]);
  });

  test('has to be named where the gateway has no default, among the other faults', async () => {
    const gateway = await startGateway({ baseUrl: 'http://127.0.0.1:9/v1', apiKey: 'any' });
    const payload = await mutate(gateway, 'createWindowsEnrollmentToken', {
      ...windowsInput(),
      displayName: 'x'.repeat(129),
    });
    await gateway.close();
    expect(faultsOf(payload)).toStrictEqual([
      ['INVALID_INPUT', 'input.organizationId'],
      ['INVALID_INPUT', 'input.displayName'],
    ]);
  });
});

describe('the limits of the input', () => {
  const assignment = () => ({ policyId: at(world.windowsPolicies, 0).id, priority: 0 });
  const emails = (count: number) =>
    Array.from({ length: count }, (_, index) => `user${index}@example.com`);

  interface Limit {
    readonly name: string;
    readonly mutation: MutationName;
    readonly base: () => object;
    readonly within: () => readonly object[];
    /** Inputs beyond the limit, each with the path of its fault. */
    readonly beyond: () => readonly (readonly [string, object])[];
  }

  const windows = { mutation: 'createWindowsEnrollmentToken', base: windowsInput } as const;
  const limits: readonly Limit[] = [
    {
      ...windows,
      name: 'displayName',
      within: () => [{ displayName: 'x'.repeat(128) }, { displayName: '' }],
      beyond: () => [['displayName', { displayName: 'x'.repeat(129) }]],
    },
    {
      ...windows,
      name: 'tags',
      within: () => [
        { tags: ['x'.repeat(128), ''] },
        { tags: Array.from({ length: 100 }, (_, index) => `tag ${index}`) },
        { tags: [] },
      ],
      beyond: () => [
        ['tags.0', { tags: ['x'.repeat(129)] }],
        ['tags', { tags: Array.from({ length: 101 }, () => 'tag') }],
      ],
    },
    {
      ...windows,
      name: 'durationSeconds',
      within: () => [{ durationSeconds: 60 }, { durationSeconds: 2_592_000 }],
      beyond: () => [
        ['durationSeconds', { durationSeconds: 59 }],
        ['durationSeconds', { durationSeconds: 2_592_001 }],
      ],
    },
    {
      ...windows,
      name: 'language',
      within: () =>
        ['es', 'en', 'fr', 'de', 'it', 'zh', 'pt', 'ru'].map((language) => ({ language })),
      beyond: () => [
        ['language', { language: '' }],
        ['language', { language: 'EN' }],
      ],
    },
    {
      ...windows,
      name: 'emailText',
      within: () => [{ emailText: 'x'.repeat(10_000) }, { emailText: '' }],
      beyond: () => [['emailText', { emailText: 'x'.repeat(10_001) }]],
    },
    {
      ...windows,
      name: 'segmentId',
      within: () => [{ segmentId: 0 }, { segmentId: 2_147_483_647 }],
      beyond: () => [['segmentId', { segmentId: -1 }]],
    },
    {
      ...windows,
      name: 'policyAssignments',
      within: () => [
        { policyAssignments: [] },
        { policyAssignments: [{ ...assignment(), priority: 10_000 }, assignment()] },
      ],
      beyond: () => [
        [
          'policyAssignments.1.priority',
          { policyAssignments: [assignment(), { ...assignment(), priority: 10_001 }] },
        ],
        [
          'policyAssignments.0.priority',
          { policyAssignments: [{ ...assignment(), priority: -1 }] },
        ],
        ['policyAssignments', { policyAssignments: Array.from({ length: 101 }, assignment) }],
      ],
    },
    {
      ...windows,
      name: 'idempotencyKey',
      within: () => [{ idempotencyKey: '~' }, { idempotencyKey: ' k'.repeat(127) }],
      beyond: () =>
        ['', 'k'.repeat(256), 'é', 'tab\t', 'line\n'].map((idempotencyKey) => [
          'idempotencyKey',
          { idempotencyKey },
        ]),
    },
    {
      name: 'userEmails',
      mutation: 'bulkCreateWindowsEnrollmentTokens',
      base: bulkInput,
      within: () => [{ userEmails: emails(1) }, { userEmails: emails(1_000) }],
      beyond: () => [
        ['userEmails', { userEmails: [] }],
        ['userEmails', { userEmails: emails(1_001) }],
      ],
    },
    {
      name: 'the ids of Apple',
      mutation: 'createAppleEnrollmentToken',
      base: appleInput,
      within: () => [
        { profileIds: [], applications: [] },
        { profileIds: [anyId, anyId.toUpperCase()], vppLocationId: anyId },
      ],
      beyond: () => [
        ['profileIds.0', { profileIds: [''] }],
        ['profileIds', { profileIds: Array.from({ length: 101 }, () => anyId) }],
        ['vppLocationId', { vppLocationId: '' }],
        ['applications.0.applicationId', { applications: [{ applicationId: `${anyId}0` }] }],
      ],
    },
    {
      name: 'an update',
      mutation: 'updateEnrollmentToken',
      base: updateInput,
      within: () => [],
      beyond: () => [
        ['displayName', { displayName: 'x'.repeat(129) }],
        ['tags.0', { tags: ['x'.repeat(129)] }],
        ['segmentId', { segmentId: -1 }],
      ],
    },
  ];

  test.each(limits)('hold for $name: what is beyond costs no call', async (limit) => {
    const { mutation, base } = limit;
    for (const [path, input] of limit.beyond()) {
      const payload = await mutate(world, mutation, { ...base(), ...input });
      expect(faultsOf(payload)).toStrictEqual([['INVALID_INPUT', `input.${path}`]]);
    }
    expect(world.sandbox.requests()).toStrictEqual([]);
  });

  test.each(
    limits.filter(({ name }) => name !== 'an update'),
  )('hold for $name: the API takes what is within', async ({ mutation, base, within }) => {
    for (const input of within()) {
      const payload = await mutate(world, mutation, { ...base(), ...input });
      expect(payload.userErrors).toStrictEqual([]);
    }
    expect(writesOf(world).length).toBeGreaterThanOrEqual(within().length);
  });
});
