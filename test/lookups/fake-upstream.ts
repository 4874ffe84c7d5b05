import { createCallAllowance } from '../../src/domain/call-allowance.ts';
import { NotFoundError } from '../../src/domain/errors.ts';
import type { ListPage, ListRequest } from '../../src/domain/list.ts';
import { type MdmUser, type MdmUsers, toMdmUserId } from '../../src/domain/mdm-user.ts';
import {
  type CallFailure,
  type Operation,
  type SavingCause,
  toCredential,
} from '../../src/domain/operation.ts';
import { type OrganizationId, toOrganizationId } from '../../src/domain/organization.ts';
import type { Platform } from '../../src/domain/platform.ts';
import { toPlatformKey } from '../../src/domain/platform-key.ts';
import { type Policy, toPolicyId } from '../../src/domain/policy.ts';
import { type EnrollmentToken, toTokenId } from '../../src/domain/token.ts';

export const organizationId = toOrganizationId('0'.repeat(24));
/** Another organization, whose objects have the same ids, names and addresses. */
export const elsewhere = toOrganizationId('f'.repeat(24));

const entityId = (kind: string, index: number): string =>
  kind + index.toString(16).padStart(24 - kind.length, '0');
export const userId = (index: number) => toMdmUserId(entityId('a', index));
export const policyId = (index: number) => toPolicyId(entityId('b', index));
export const tokenId = (index: number) => toTokenId(entityId('c', index));

export const createUser = (index: number, over: Partial<MdmUser> = {}): MdmUser => ({
  organizationId,
  sourceId: userId(index),
  email: `user-${index}@example.com`,
  name: `User ${index}`,
  tags: [],
  language: null,
  managedAppleId: null,
  createdAt: null,
  updatedAt: null,
  ...over,
});

export const createPolicy = (platform: string, index: number): Policy => ({
  platform: toPlatformKey(platform),
  organizationId,
  sourceId: policyId(index),
  name: `${platform} policy ${index}`,
  version: 1,
  createdAt: null,
  updatedAt: null,
  enterpriseId: null,
});

export const createToken = (
  platform: string,
  index: number,
  over: Partial<EnrollmentToken> = {},
): EnrollmentToken => ({
  platform: toPlatformKey(platform),
  organizationId,
  sourceId: tokenId(index),
  displayName: `Token ${index}`,
  tags: [],
  state: 'PENDING',
  type: null,
  subType: null,
  createdAt: null,
  updatedAt: null,
  expiresAt: null,
  sortKeys: { createdAt: null, updatedAt: null, expiresAt: null, displayName: null, state: null },
  enrollmentLink: null,
  enrollmentCode: null,
  user: null,
  legacyPolicyId: null,
  policyAssignments: [],
  deviceId: null,
  sendEmail: null,
  emailText: null,
  segmentId: null,
  config: null,
  enterpriseId: null,
  ...over,
});

const count = (total: number) => Array.from({ length: total }, (_, index) => index);

export interface FakeUpstreamOptions {
  /** Default: Apple and Windows. */
  readonly platforms?: readonly string[];
  readonly users?: number;
  readonly policies?: number;
  /** Tokens of each platform. */
  readonly tokens?: number;
  /** Largest limit it applies. */
  readonly maxLimit?: number;
  /** Whether lists give the number of their items. */
  readonly counts?: boolean;
}

/** Creates a REST API in memory behind the same ports as the real one. It logs every call, and tests can make a call fail or wait. */
export const createFakeUpstream = (options: FakeUpstreamOptions = {}) => {
  const { maxLimit = 500, counts = true, platforms = ['APPLE', 'WINDOWS'] } = options;
  const users = count(options.users ?? 0).map((index) => createUser(index));
  const policies = new Map(
    platforms.map((key) => [
      key,
      count(options.policies ?? 0).map((index) => createPolicy(key, index)),
    ]),
  );
  const tokens = new Map(
    platforms.map((key) => [
      key,
      count(options.tokens ?? 10).map((index) => createToken(key, index)),
    ]),
  );
  /** Calls made, e.g. `users?page=1` or `users/a…0`. */
  const calls: string[] = [];
  const hooks = {
    /** Runs before each answer. If it throws, the call fails with its error. */
    beforeAnswer: async (_call: string, _operation: Operation): Promise<void> => {},
    /** Whether a credential may see an object. */
    canSee: (_operation: Operation, _id: string): boolean => true,
    /** The name of a user or policy as a credential sees it in an organization. */
    nameFor: (
      _operation: Operation,
      name: string | null,
      _organizationId: OrganizationId,
    ): string | null => name,
  };

  const answer = async <Value>(
    operation: Operation,
    call: string,
    create: () => Value,
  ): Promise<Value> => {
    calls.push(call);
    await hooks.beforeAnswer(call, operation);
    return create();
  };

  const pageOf = <Item>(
    all: readonly Item[],
    { page, limit: asked }: Pick<ListRequest, 'page' | 'limit'>,
  ): ListPage<Item> => {
    const limit = Math.min(asked, maxLimit);
    return {
      items: all.slice((page - 1) * limit, page * limit),
      limit,
      totalCount: counts ? all.length : null,
      hasNextPage: page * limit < all.length,
    };
  };

  const one = <Item extends { readonly sourceId: string }>(
    all: readonly Item[],
    id: string,
  ): Item => {
    const found = all.find(({ sourceId }) => sourceId === id);
    if (!found) throw new NotFoundError('There is no such object.');
    return found;
  };

  /** The users or policies of an organization that a credential can see. */
  const visible = <Item extends { readonly sourceId: string; readonly name: string | null }>(
    operation: Operation,
    organization: OrganizationId,
    all: readonly Item[],
  ): readonly Item[] =>
    all
      .filter(({ sourceId }) => hooks.canSee(operation, sourceId))
      .map((item) => ({
        ...item,
        organizationId: organization,
        name: hooks.nameFor(operation, item.name, organization),
      }));

  const createPlatform = (key: string): Platform => {
    const ownPolicies = (operation: Operation, organization: OrganizationId) =>
      visible(operation, organization, policies.get(key) ?? []);
    const ownTokens = () => tokens.get(key) ?? [];
    const listed = (includeDeleted: boolean) =>
      ownTokens().filter(({ state }) => includeDeleted || state !== 'DELETED');
    const write = (operation: Operation, call: string) =>
      answer(operation, call, () => createToken(key, 0));
    return {
      key: toPlatformKey(key),
      listTokens: (operation, _organization, request) =>
        answer(operation, `${key}/tokens?page=${request.page}`, () =>
          pageOf(listed(request.filter.includeDeleted), request),
        ),
      getToken: (operation, _organization, id) =>
        answer(operation, `${key}/tokens/${id}`, () => one(ownTokens(), id)),
      findToken: (operation, _organization, id) =>
        answer(operation, `${key}/tokens?id=${id}`, () => one(ownTokens(), id)),
      listPolicies: (operation, organization, request) =>
        answer(operation, `${key}/policies?page=${request.page}`, () =>
          pageOf(ownPolicies(operation, organization), request),
        ),
      getPolicy: (operation, organization, id) =>
        answer(operation, `${key}/policies/${id}`, () =>
          one(ownPolicies(operation, organization), id),
        ),
      createToken: (operation) => write(operation, `${key}/create`),
      bulkCreateTokens: (operation) =>
        answer(operation, `${key}/bulk`, () => ({ total: 0, success: 0, fail: 0 })),
      updateToken: (operation) => write(operation, `${key}/update`),
      revokeToken: (operation) => answer(operation, `${key}/revoke`, () => undefined),
    };
  };

  const mdmUsers: MdmUsers = {
    list: (operation, organization, request) =>
      answer(
        operation,
        request.email === undefined ? `users?page=${request.page}` : `users?email=${request.email}`,
        () =>
          pageOf(
            // Matches parts and ignores case. The API may do so too.
            visible(operation, organization, users).filter(({ email }) =>
              email?.toLowerCase().includes(request.email ?? ''),
            ),
            request,
          ),
      ),
    get: (operation, organization, id) =>
      answer(operation, `users/${id}`, () => one(visible(operation, organization, users), id)),
  };

  return {
    platforms: platforms.map(createPlatform),
    mdmUsers,
    users,
    policies,
    tokens,
    calls,
    hooks,
    /** Returns the calls since it was last called. */
    takeCalls: (): string[] => calls.splice(0),
  };
};

export type Savings = Partial<Record<SavingCause, number>>;

export interface FakeOperation extends Operation {
  readonly savings: Savings;
  readonly controller: AbortController;
}

export const createOperation = (
  credential = 'Bearer one',
  over: Partial<Operation> = {},
): FakeOperation => {
  const savings: Savings = {};
  const controller = new AbortController();
  return {
    credential: toCredential(credential),
    signal: controller.signal,
    deadlineMs: performance.now() + 30_000,
    cause: 'page',
    allowance: createCallAllowance(1_000_000),
    onCall: () => {},
    onSaved: (cause, calls) => {
      savings[cause] = (savings[cause] ?? 0) + calls;
    },
    savings,
    controller,
    ...over,
  };
};

/** The failure that is reported for a call that the API failed. */
export const callFailure: CallFailure = {
  method: 'GET',
  endpoint: '/users',
  cause: 'lookup',
  status: 500,
  code: null,
  error: 'UPSTREAM_UNAVAILABLE',
  reason: 'server',
  paths: [],
  isApiFault: true,
};
