import { describe, expect, test } from 'vitest';
import { matchesChange, readBackCreated } from '../../src/creation/read-back.ts';
import type { ListPage } from '../../src/domain/list.ts';
import { toMdmUserId } from '../../src/domain/mdm-user.ts';
import type { Operation } from '../../src/domain/operation.ts';
import type { TokenChange, TokenDraft, TokenListRequest } from '../../src/domain/platform.ts';
import { toPolicyId } from '../../src/domain/policy.ts';
import { type EnrollmentToken, toTokenId } from '../../src/domain/token.ts';
import { startOperation } from '../rest/harness.ts';
import {
  exampleOrganizationId,
  exampleToken,
  exampleUserId,
} from '../support/upstream/example-token.ts';

const sentAtMs = Date.parse('2026-01-01T00:00:00.000Z');
const at = (milliseconds: number): string => new Date(sentAtMs + milliseconds).toISOString();
const policyId = toPolicyId('5d0000000000000000000001');
const otherPolicyId = toPolicyId('5d0000000000000000000002');
const unsentPolicyId = toPolicyId('5d0000000000000000000009');

const operation = startOperation({ cause: 'write', deadlineMs: Number.POSITIVE_INFINITY });

const draft: Required<TokenDraft> = {
  sendEmail: true,
  displayName: 'Field tablet',
  tags: ['field', 'tablet'],
  durationSeconds: 3_600,
  language: 'es',
  emailText: 'Hello',
  policyAssignments: [
    { policyId, priority: 10 },
    { policyId: otherPolicyId, priority: 5 },
  ],
  segmentId: 3,
};

/** The fields of the draft as the API shows them. */
const equalToken = (changes: Partial<EnrollmentToken> = {}): EnrollmentToken =>
  exampleToken({
    createdAt: at(100),
    expiresAt: at(3_600_100),
    displayName: 'Field tablet',
    tags: ['field', 'tablet'],
    sendEmail: true,
    emailText: 'Hello',
    segmentId: 3,
    policyAssignments: [
      {
        policyId: otherPolicyId,
        priority: 5,
        isLegacy: false,
        embeddedFields: {},
        embeddedPolicy: null,
      },
      { policyId, priority: 10, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
    ],
    ...changes,
  });

const read = async (
  items: readonly (EnrollmentToken | null)[],
  options: {
    readonly draft?: TokenDraft;
    readonly hasNextPage?: boolean;
    readonly matchesPlatform?: (token: EnrollmentToken) => boolean;
  } = {},
) => {
  const requests: { readonly cause: string; readonly request: TokenListRequest }[] = [];
  const platform = {
    listTokens: async (
      { cause }: Operation,
      _: unknown,
      request: TokenListRequest,
    ): Promise<ListPage<EnrollmentToken>> => {
      requests.push({ cause, request });
      const hasNextPage = options.hasNextPage ?? false;
      return { items, limit: request.limit, totalCount: null, hasNextPage };
    },
  };
  const lost = {
    organizationId: exampleOrganizationId,
    userId: exampleUserId,
    draft: options.draft ?? draft,
    matchesPlatform: options.matchesPlatform ?? (() => true),
  };
  return { found: await readBackCreated(platform, operation, lost, sentAtMs), requests };
};

test('one call asks for the newest tokens of the user', async () => {
  const { requests } = await read([]);
  expect(requests).toEqual([
    {
      cause: 'read-back',
      request: {
        page: 1,
        limit: 100,
        sort: { field: 'createdAt', direction: 'descending' },
        filter: { userId: exampleUserId, includeDeleted: false },
      },
    },
  ]);
});

describe('a token is a candidate', () => {
  test.each<[string, Partial<EnrollmentToken>]>([
    ['where every field sent is equal', {}],
    ['where the API does not say whether it was mailed', { sendEmail: null }],
    ['where the API does not say whose it is', { user: null }],
    ['where a clock lags by a second', { createdAt: at(-1_000), expiresAt: at(3_599_000) }],
    ['where the API rounds its expiry', { expiresAt: at(3_600_900) }],
    [
      'where a clock lags by all that is allowed',
      { createdAt: at(-2_000), expiresAt: at(3_598_000) },
    ],
    ['where it came as late as it can', { createdAt: at(600_000), expiresAt: at(4_200_000) }],
    ['where its life is off by all that is allowed', { expiresAt: at(3_602_100) }],
    [
      'where a legacy policy, which is never sent, stands beside those sent',
      {
        policyAssignments: [
          {
            policyId: unsentPolicyId,
            priority: null,
            isLegacy: true,
            embeddedFields: {},
            embeddedPolicy: null,
          },
          ...equalToken().policyAssignments,
        ],
      },
    ],
    [
      'where the API leaves the number of an assignment out',
      {
        policyAssignments: [
          {
            policyId: otherPolicyId,
            priority: 5,
            isLegacy: false,
            embeddedFields: {},
            embeddedPolicy: null,
          },
          { policyId, priority: null, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
        ],
      },
    ],
  ])('%s', async (_, changes) => {
    const token = equalToken(changes);
    expect((await read([token])).found).toEqual({ candidates: [token], isComplete: true });
  });

  test('with any values in fields that were not sent', async () => {
    const { found } = await read([equalToken()], { draft: { sendEmail: true, displayName: '' } });
    expect(found.candidates).toHaveLength(1);
  });
});

test('a token dated before the POST is no candidate if another is dated after it', async () => {
  const before = equalToken({
    sourceId: toTokenId('5c0000000000000000000001'),
    createdAt: at(-500),
    expiresAt: at(3_599_500),
  });
  const after = equalToken({ sourceId: toTokenId('5c0000000000000000000002') });
  expect((await read([after, before])).found.candidates).toEqual([after]);
  expect((await read([before])).found.candidates).toEqual([before]);
  const during = equalToken({ createdAt: at(0), expiresAt: at(3_600_000) });
  expect((await read([during, before])).found.candidates).toEqual([during]);
});

describe('a token is no candidate', () => {
  test.each<[string, Partial<EnrollmentToken>]>([
    ['where it was there before', { createdAt: at(-5_000), expiresAt: at(3_595_000) }],
    ['where it came much later', { createdAt: at(700_000), expiresAt: at(4_300_000) }],
    ['where it does not say when it was made', { createdAt: null }],
    [
      'of another user',
      { user: { sourceId: toMdmUserId('5e0000000000000000000002'), embeddedFields: {} } },
    ],
    ['with another name', { displayName: 'field tablet' }],
    ['with other tags', { tags: ['field'] }],
    ['with one other tag', { tags: ['field', 'desk'] }],
    ['with its tags in another order', { tags: ['tablet', 'field'] }],
    ['with another life', { expiresAt: at(86_400_100) }],
    ['that never expires', { expiresAt: null }],
    ['with another text', { emailText: null }],
    ['that was not mailed', { sendEmail: false }],
    ['of another segment', { segmentId: 4 }],
    ['with fewer policies', { policyAssignments: equalToken().policyAssignments.slice(1) }],
    [
      'with another priority',
      {
        policyAssignments: [
          {
            policyId: otherPolicyId,
            priority: 6,
            isLegacy: false,
            embeddedFields: {},
            embeddedPolicy: null,
          },
          { policyId, priority: 10, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
        ],
      },
    ],
    [
      'with another policy of the same priority',
      {
        policyAssignments: [
          {
            policyId: unsentPolicyId,
            priority: 5,
            isLegacy: false,
            embeddedFields: {},
            embeddedPolicy: null,
          },
          { policyId, priority: 10, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
        ],
      },
    ],
    [
      'with another policy, which has no number',
      {
        policyAssignments: [
          {
            policyId: unsentPolicyId,
            priority: null,
            isLegacy: false,
            embeddedFields: {},
            embeddedPolicy: null,
          },
          { policyId, priority: 10, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
        ],
      },
    ],
    [
      'with another policy beside one sent, neither of which has a number',
      {
        policyAssignments: [
          { policyId, priority: null, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
          {
            policyId: unsentPolicyId,
            priority: null,
            isLegacy: false,
            embeddedFields: {},
            embeddedPolicy: null,
          },
        ],
      },
    ],
    [
      'with one policy more, which has no number',
      {
        policyAssignments: [
          ...equalToken().policyAssignments,
          {
            policyId: unsentPolicyId,
            priority: null,
            isLegacy: false,
            embeddedFields: {},
            embeddedPolicy: null,
          },
        ],
      },
    ],
  ])('%s', async (_, changes) => {
    expect((await read([equalToken(changes)])).found.candidates).toEqual([]);
  });

  test.each([
    3,
    null,
  ])('with one more policy than was sent, with the number %s', async (priority) => {
    const policyAssignments = [
      { policyId, priority: 10, isLegacy: false, embeddedFields: {}, embeddedPolicy: null },
      {
        policyId: unsentPolicyId,
        priority,
        isLegacy: false,
        embeddedFields: {},
        embeddedPolicy: null,
      },
    ];
    const options = { draft: { ...draft, policyAssignments: [{ policyId, priority: 10 }] } };
    const { found } = await read([equalToken({ policyAssignments })], options);
    expect(found.candidates).toEqual([]);
  });

  test('if its platform finds a difference', async () => {
    const { found } = await read([equalToken()], { matchesPlatform: () => false });
    expect(found.candidates).toEqual([]);
  });
});

describe('a read-back is complete', () => {
  const old = equalToken({
    sourceId: toTokenId('6b0000000000000000000009'),
    createdAt: at(-60_000),
  });

  test('if the list ends, or reaches back beyond the POST', async () => {
    expect((await read([])).found.isComplete).toBe(true);
    expect((await read([equalToken(), old], { hasNextPage: true })).found.isComplete).toBe(true);
    const page = [equalToken(), equalToken(), old];
    expect((await read(page, { hasNextPage: true })).found.isComplete).toBe(true);
  });

  test('but not if there are more new tokens, or one that cannot be read', async () => {
    expect((await read([equalToken()], { hasNextPage: true })).found.isComplete).toBe(false);
    expect((await read([null, equalToken(), old])).found.isComplete).toBe(false);
    expect((await read([], { hasNextPage: true })).found.isComplete).toBe(false);
    const justNew = equalToken({ createdAt: at(-2_000), expiresAt: at(3_598_000) });
    expect((await read([justNew], { hasNextPage: true })).found.isComplete).toBe(false);
  });
});

describe('a change', () => {
  const change: TokenChange = {
    displayName: 'Field tablet',
    tags: ['field', 'tablet'],
    legacyPolicyId: policyId,
    policyAssignments: [{ policyId: otherPolicyId, priority: 5 }],
    segmentId: 3,
  };
  const changed = equalToken({
    legacyPolicyId: policyId,
    policyAssignments: [
      { policyId, priority: null, isLegacy: true, embeddedFields: {}, embeddedPolicy: null },
      {
        policyId: otherPolicyId,
        priority: 5,
        isLegacy: false,
        embeddedFields: {},
        embeddedPolicy: null,
      },
    ],
  });

  test.each<[string, Partial<EnrollmentToken>, Partial<TokenChange>]>([
    ['all that it sends', {}, {}],
    ['no name, which the API shows as an empty one', { displayName: '' }, { displayName: null }],
    ['an empty name, which the API does not show', { displayName: null }, { displayName: '' }],
    ['a segment, where the change names none', {}, { segmentId: null }],
    ['a legacy policy, where the change leaves it out', {}, { legacyPolicyId: null }],
    [
      'no legacy policy, where the change clears it',
      { legacyPolicyId: null },
      { legacyPolicyId: null, clearsLegacyPolicy: true },
    ],
  ])('matches a token that shows %s', (_what, shown, sent) => {
    expect(matchesChange({ ...changed, ...shown }, { ...change, ...sent })).toBe(true);
  });

  test.each<[string, Partial<EnrollmentToken>, Partial<TokenChange>]>([
    ['another name', { displayName: 'Desk tablet' }, {}],
    ['a name, where the change removes it', {}, { displayName: null }],
    ['no name, where the change gives one', { displayName: null }, {}],
    ['other tags', { tags: ['field'] }, {}],
    ['another segment', { segmentId: 4 }, {}],
    ['another legacy policy', { legacyPolicyId: unsentPolicyId }, {}],
    [
      'a legacy policy, where the change clears it',
      {},
      { legacyPolicyId: null, clearsLegacyPolicy: true },
    ],
    ['other policies', { policyAssignments: [] }, {}],
  ])('does not match a token that shows %s', (_what, shown, sent) => {
    expect(matchesChange({ ...changed, ...shown }, { ...change, ...sent })).toBe(false);
  });
});
