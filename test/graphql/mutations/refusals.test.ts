import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { FaultKind } from '../../../src/sandbox/faults.ts';
import {
  ask,
  at,
  globalId as globalIdIn,
  type MutationName,
  mutate,
  startWriteWorld,
  type WriteWorld,
} from './world.ts';

const nobody = '5f1b2c3d4e5f6a7b8c9d0e1f';

let world: WriteWorld;
beforeAll(async () => {
  world = await startWriteWorld();
});
afterAll(() => world.close());
afterEach(() => world.sandbox.faults.clear());

const globalId = (type: string, id: string) => globalIdIn(world, type, id);

const tokenId = () => globalId('WindowsEnrollmentToken', world.sandbox.addToken('windows').id);

const inputs: Readonly<Record<MutationName, () => object>> = {
  createWindowsEnrollmentToken: () => ({ userId: at(world.users, 0).id, sendEmail: false }),
  createAppleEnrollmentToken: () => ({ userId: at(world.users, 0).id, sendEmail: false }),
  bulkCreateWindowsEnrollmentTokens: () => ({
    userEmails: [at(world.users, 0).email],
    sendEmail: false,
  }),
  bulkCreateAppleEnrollmentTokens: () => ({
    userEmails: [at(world.users, 0).email],
    sendEmail: false,
  }),
  updateEnrollmentToken: () => ({ id: tokenId(), displayName: 'Changed' }),
  revokeEnrollmentToken: () => ({ id: tokenId() }),
};

const names = [
  'createWindowsEnrollmentToken',
  'createAppleEnrollmentToken',
  'bulkCreateWindowsEnrollmentTokens',
  'bulkCreateAppleEnrollmentTokens',
  'updateEnrollmentToken',
  'revokeEnrollmentToken',
] as const satisfies readonly MutationName[];

/** Makes the API answer writes with this failure. */
const failWrites = (fault: FaultKind) => {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    world.sandbox.faults.add({ ...fault, match: { method } });
  }
};

const status = (httpStatus: number, code?: number): FaultKind => ({
  kind: 'status',
  status: httpStatus,
  ...(code !== undefined && { code, message: 'Words of the API, not to be shown' }),
});

interface Row {
  readonly name: string;
  readonly fault: FaultKind;
  readonly code: string;
  readonly kind: string;
  readonly message: RegExp;
}

/** CONTRACT 2.3, row by row: the API's failure, and the user error. */
const refusals: readonly Row[] = [
  {
    name: '400/5050, the plan has no such feature',
    fault: { kind: 'plan' },
    code: 'FEATURE_NOT_IN_PLAN',
    kind: 'MdmUpstreamError',
    message: /plan does not include this feature\. Ask its owner to change the plan/,
  },
  {
    name: '400/5017, the plan is used up',
    fault: status(400, 5017),
    code: 'FEATURE_NOT_IN_PLAN',
    kind: 'MdmUpstreamError',
    message: /is used up\. Remove what is not needed, or ask its owner to change the plan/,
  },
  {
    name: '400/5145, the creation failed',
    fault: status(400, 5145),
    code: 'CREATION_FAILED',
    kind: 'MdmUpstreamError',
    message: /Check that the platform is set up/,
  },
  ...[400, 422].map((httpStatus) => ({
    name: `${httpStatus}/3000, bad input`,
    fault: status(httpStatus, 3000),
    code: 'INVALID_INPUT',
    kind: 'MdmInputError',
    message: /refused the values of the request\. Check them/,
  })),
  {
    name: '400 with an unknown code, bad input',
    fault: status(400, 4711),
    code: 'INVALID_INPUT',
    kind: 'MdmInputError',
    message: /refused the values of the request/,
  },
  {
    name: '409/5001, a conflict',
    fault: status(409, 5001),
    code: 'INVALID_INPUT',
    kind: 'MdmInputError',
    message: /conflicts with the current state\. Read the current state and try again/,
  },
  {
    name: '403/4003, no permission',
    fault: { kind: 'forbidden' },
    code: 'PERMISSION_DENIED',
    kind: 'MdmUpstreamError',
    message: /permission mdm\.(windows|apple)\.enrollmentToken\.(create|update|remove)\. Ask/,
  },
  {
    name: '404/1002, no such route',
    fault: status(404, 1002),
    code: 'NOT_SUPPORTED',
    kind: 'MdmUpstreamError',
    message: /does not offer this operation/,
  },
  {
    name: '405, no such method',
    fault: status(405),
    code: 'NOT_SUPPORTED',
    kind: 'MdmUpstreamError',
    message: /does not offer this operation/,
  },
];

describe.each(refusals)('where the API answers $name', ({ fault, code, kind, message }) => {
  test.each(names)('%s tells so as data', async (name) => {
    const input = inputs[name]();
    failWrites(fault);
    const { data } = await ask(world, name, input);
    const payload = await mutate(world, name, input);
    expect(payload.userErrors).toStrictEqual([
      { __typename: kind, code, path: null, message: expect.stringMatching(message) },
    ]);
    expect(payload.enrollmentToken ?? null).toBeNull();
    expect(JSON.stringify(data)).not.toContain('Words of the API');
  });
});

describe('where the API answers 404/3001', () => {
  const missing = status(404, 3001);

  test.each(names.slice(0, 4))('%s of what is all there blames no field', async (name) => {
    failWrites(missing);
    const { userErrors } = await mutate(world, name, inputs[name]());
    expect(userErrors).toMatchObject([
      {
        __typename: 'MdmInputError',
        code: 'NOT_FOUND',
        path: null,
        message: expect.stringMatching(/the platform is not set up there/),
      },
    ]);
  });
});

describe('what an input names and does not exist', () => {
  const noUser = () => globalId('MdmUser', nobody);

  test.each([
    'createWindowsEnrollmentToken',
    'createAppleEnrollmentToken',
  ] as const)('is told of a user by %s', async (name) => {
    const { userErrors } = await mutate(world, name, { userId: noUser(), sendEmail: true });
    expect(userErrors).toStrictEqual([
      {
        __typename: 'MdmInputError',
        code: 'NOT_FOUND',
        path: ['input', 'userId'],
        message:
          'The user does not exist in this organization, or the credential may not see it. Find users with mdmUsers.',
      },
    ]);
  });

  test.each([
    ['createWindowsEnrollmentToken', 'WindowsPolicy'],
    ['createAppleEnrollmentToken', 'ApplePolicy'],
    ['bulkCreateWindowsEnrollmentTokens', 'WindowsPolicy'],
    ['bulkCreateAppleEnrollmentTokens', 'ApplePolicy'],
  ] as const)('is told of a policy by %s', async (name, type) => {
    const there = type === 'ApplePolicy' ? world.applePolicies : world.windowsPolicies;
    const { userErrors } = await mutate(world, name, {
      ...inputs[name](),
      policyAssignments: [
        { policyId: at(there, 0).id, priority: 1 },
        { policyId: globalId(type, nobody), priority: 2 },
      ],
    });
    expect(userErrors).toStrictEqual([
      {
        __typename: 'MdmInputError',
        code: 'NOT_FOUND',
        path: ['input', 'policyAssignments', '1', 'policyId'],
        message: `The policy does not exist on ${type === 'ApplePolicy' ? 'APPLE' : 'WINDOWS'} in this organization, or the credential may not see it. Find policies with mdmPolicies.`,
      },
    ]);
  });

  test('is told of a policy by an update', async () => {
    const { userErrors } = await mutate(world, 'updateEnrollmentToken', {
      id: tokenId(),
      policyAssignments: [{ policyId: globalId('WindowsPolicy', nobody), priority: 2 }],
    });
    expect(userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'policyAssignments', '0', 'policyId'] },
    ]);
  });

  test.each([
    'updateEnrollmentToken',
    'revokeEnrollmentToken',
  ] as const)('is told of the token by %s', async (name) => {
    const { userErrors } = await mutate(world, name, {
      id: globalId('AppleEnrollmentToken', nobody),
    });
    expect(userErrors).toStrictEqual([
      {
        __typename: 'MdmInputError',
        code: 'NOT_FOUND',
        path: ['input', 'id'],
        message: 'It does not exist, or the credential may not see it.',
      },
    ]);
  });
});

describe('a refusal whose reason cannot be looked up', () => {
  const writes: readonly (readonly [MutationName, method: string, policyType: string])[] = [
    ['createWindowsEnrollmentToken', 'POST', 'WindowsPolicy'],
    ['createAppleEnrollmentToken', 'POST', 'ApplePolicy'],
    ['bulkCreateWindowsEnrollmentTokens', 'POST', 'WindowsPolicy'],
    ['bulkCreateAppleEnrollmentTokens', 'POST', 'ApplePolicy'],
    ['updateEnrollmentToken', 'PUT', 'WindowsPolicy'],
  ];
  const refused = {
    __typename: 'MdmInputError',
    code: 'INVALID_INPUT',
    path: null,
    message: 'The REST API refused the values of the request. Check them.',
  };

  let used = 0;
  /** Ids of policies that no test has used before: the gateway remembers lookups for some seconds. */
  const unusedIds = (): readonly [string, string] => {
    used += 2;
    const [gone, unseen] = [used, used + 1].map((number) => number.toString(16).padStart(24, 'd'));
    return [String(gone), String(unseen)];
  };
  const assign = (type: string, ids: readonly string[]) =>
    ids.map((id, priority) => ({ policyId: globalId(type, id), priority }));

  test.each(writes)('is told by %s, and nothing of the lookup', async (name, method, type) => {
    const input = { ...inputs[name](), policyAssignments: assign(type, unusedIds()) };
    world.sandbox.faults.add({ ...status(400, 3001), match: { method } });
    world.sandbox.faults.add({ kind: 'forbidden', match: { operation: '*.policy.*' } });
    const { userErrors } = await mutate(world, name, input);
    expect(userErrors).toStrictEqual([refused]);
  });

  test.each(writes)('for one policy of %s names the other', async (name, method, type) => {
    const [gone, unseen] = unusedIds();
    const input = { ...inputs[name](), policyAssignments: assign(type, [unseen, gone]) };
    world.sandbox.faults.add({ ...status(400, 3001), match: { method } });
    world.sandbox.faults.add({ kind: 'forbidden', match: { path: `/policies/${unseen}` } });
    const { userErrors } = await mutate(world, name, input);
    expect(userErrors).toMatchObject([
      { code: 'NOT_FOUND', path: ['input', 'policyAssignments', '1', 'policyId'] },
    ]);
  });

  test('is told by an update where the API fails at the lookup, too', async () => {
    const policyAssignments = assign('WindowsPolicy', unusedIds());
    const input = { ...inputs.updateEnrollmentToken(), policyAssignments };
    world.sandbox.faults.add({ ...status(400, 3001), match: { method: 'PUT' } });
    world.sandbox.faults.add({ ...status(500, 1000), match: { operation: '*.policy.*' } });
    const { userErrors } = await mutate(world, 'updateEnrollmentToken', input);
    expect(userErrors).toStrictEqual([refused]);
  });

  test('is the state of the token where that is why', async () => {
    const { id } = world.sandbox.addToken('windows', { state: 'DONE' });
    world.sandbox.faults.add({ kind: 'forbidden', match: { operation: '*.policy.*' } });
    const { userErrors } = await mutate(world, 'updateEnrollmentToken', {
      id: globalId('WindowsEnrollmentToken', id),
      policyAssignments: assign('WindowsPolicy', unusedIds()),
    });
    expect(userErrors).toMatchObject([{ code: 'INVALID_INPUT', path: ['input', 'id'] }]);
  });
});

describe('a key that may not', () => {
  test.each([
    ['createWindowsEnrollmentToken', 'mdm.windows.enrollmentToken.create'],
    ['bulkCreateAppleEnrollmentTokens', 'mdm.apple.enrollmentToken.create'],
    ['updateEnrollmentToken', 'mdm.windows.enrollmentToken.update'],
    ['revokeEnrollmentToken', 'mdm.windows.enrollmentToken.remove'],
  ] as const)('%s is told that it lacks %s', async (name, permission) => {
    const reader = world.sandbox.addKey({ permissions: ['*.get', '*.list'] });
    const { userErrors } = await mutate(world, name, inputs[name](), {
      authorization: `Bearer ${reader}`,
    });
    expect(userErrors).toStrictEqual([
      {
        __typename: 'MdmUpstreamError',
        code: 'PERMISSION_DENIED',
        path: null,
        message: `The credential lacks the permission ${permission}. Ask an administrator of the organization for it.`,
      },
    ]);
  });

  test.each([
    ['createWindowsEnrollmentToken', 'WindowsPolicy'],
    ['bulkCreateAppleEnrollmentTokens', 'ApplePolicy'],
  ] as const)('is told so by %s at once: what else the input names is not looked up', async (name, type) => {
    const reader = world.sandbox.addKey({ permissions: ['*.get', '*.list'] });
    world.sandbox.clearRequests();
    const { userErrors } = await mutate(
      world,
      name,
      {
        ...inputs[name](),
        policyAssignments: [{ policyId: globalId(type, nobody), priority: 1 }],
      },
      { authorization: `Bearer ${reader}` },
    );
    expect(userErrors).toMatchObject([{ code: 'PERMISSION_DENIED', path: null }]);
    expect(world.sandbox.requests().map(({ method }) => method)).toStrictEqual(['POST']);
  });

  test('belongs to another organization: the organization is not found', async () => {
    const organization = world.sandbox.addOrganization({
      slug: 'other',
      tokens: 0,
      users: 1,
      policies: 0,
    });
    const stranger = world.sandbox.addKey({ organization });
    const { userErrors } = await mutate(
      world,
      'createWindowsEnrollmentToken',
      inputs.createWindowsEnrollmentToken(),
      { authorization: `Bearer ${stranger}` },
    );
    expect(userErrors).toMatchObject([{ code: 'NOT_FOUND', path: ['input', 'organizationId'] }]);
  });
});

describe('a refused credential fails the whole operation with 401', () => {
  test.each([4001, 4002, 4004, 4005])('where the API answers 401/%i', async (code) => {
    for (const name of names) {
      const input = inputs[name]();
      failWrites(status(401, code));
      const answer = await ask(world, name, input);
      world.sandbox.faults.clear();
      expect(answer).toMatchObject({
        status: 401,
        data: null,
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
  });

  test.each([
    ['of nobody', null],
    ['of another scheme', 'Basic dXNlcjpwYXNz'],
    ['that the API does not know', 'Bearer unknown'],
  ])('%s', async (_whose, authorization) => {
    for (const name of names) {
      const answer = await ask(world, name, inputs[name](), { authorization });
      expect(answer).toMatchObject({
        status: 401,
        data: null,
        errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
      });
    }
  });
});

describe('where the API fails', () => {
  const failures: readonly (readonly [string, FaultKind])[] = [
    ['500/1000', status(500, 1000)],
    ['502 with HTML', { kind: 'status', status: 502, html: true }],
    ['503', status(503)],
    ['504', status(504)],
  ];

  describe.each(failures)('with %s', (_name, fault) => {
    test.each([
      'createWindowsEnrollmentToken',
      'createAppleEnrollmentToken',
    ] as const)('%s knows of no outcome and finds none', async (name) => {
      const input = { ...inputs[name](), displayName: 'Never made' };
      failWrites(fault);
      const { userErrors } = await mutate(world, name, input);
      expect(userErrors).toStrictEqual([
        {
          __typename: 'MdmOutcomeUnknownError',
          code: 'OUTCOME_UNKNOWN',
          path: null,
          message: expect.stringMatching(/Look at the candidates .* before creating another/),
          candidates: [],
        },
      ]);
    });

    test.each([
      'updateEnrollmentToken',
      'revokeEnrollmentToken',
    ] as const)('%s may have had its effect', async (name) => {
      const input = inputs[name]();
      failWrites(fault);
      const { userErrors } = await mutate(world, name, input);
      expect(userErrors).toMatchObject([
        {
          __typename: 'MdmUpstreamError',
          code: 'UPSTREAM_UNAVAILABLE',
          message: expect.stringMatching(/Check before you try again/),
        },
      ]);
    });
  });

  test.each([
    'updateEnrollmentToken',
    'createWindowsEnrollmentToken',
  ] as const)('before %s has left, nothing was sent', async (name) => {
    const input = inputs[name]();
    const closed = await startWriteWorld();
    await closed.sandbox.close();
    const { userErrors } = await mutate(closed, name, input);
    await closed.close();
    expect(userErrors).toMatchObject([
      {
        code: 'UPSTREAM_UNAVAILABLE',
        message: expect.stringMatching(/Nothing was sent|could not be reached/),
      },
    ]);
  });
});

describe('where the API takes no more requests', () => {
  // After a 429 the gateway delays further calls for that organization.
  beforeEach(async () => {
    await world.close();
    world = await startWriteWorld();
  });

  test.each(names)('%s says when to come back', async (name) => {
    const input = inputs[name]();
    failWrites({ kind: 'status', status: 429, retryAfterSeconds: 120 });
    const { userErrors } = await mutate(world, name, input);
    expect(userErrors).toStrictEqual([
      {
        __typename: 'MdmRateLimitError',
        code: 'RATE_LIMITED',
        path: null,
        message: 'The REST API takes no more requests for now. Try again in 120 s.',
        retryAfterSeconds: 120,
      },
    ]);
  });

  test('for a moment only, the create is sent again and made once', async () => {
    world.sandbox.faults.add({
      kind: 'status',
      status: 429,
      retryAfterSeconds: 0,
      times: 1,
      match: { method: 'POST' },
    });
    const { enrollmentToken } = await mutate(
      world,
      'createWindowsEnrollmentToken',
      inputs.createWindowsEnrollmentToken(),
    );
    expect(enrollmentToken).toMatchObject({ state: 'PENDING' });
  });
});
