import { describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import { type Document, isObject } from '../../src/sandbox/json.ts';
import type { Sandbox, SandboxOptions } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { now } from './client.ts';

const platformSandboxes = await loadSandboxes();

const create = (options: Partial<SandboxOptions> = {}) =>
  createSandbox({ platforms: platformSandboxes, now, ...options });

const everything = ({ apiKey, organization }: Sandbox) => ({
  apiKey,
  id: organization.id,
  users: organization.users.all(),
  stores: organization.platforms.map(({ owner, tokens, policies }) => ({
    owner,
    tokens: tokens.all(),
    policies: policies.all(),
  })),
});
const small = { tokens: 200, users: 20, policies: 6 };
const timeOf = (text: unknown) => Date.parse(String(text).replace(/\s/g, ''));

describe('the generated data', () => {
  const sandbox = create();
  const { organization } = sandbox;
  const tokens = organization.platforms.flatMap((store) =>
    store.tokens.all().map((token) => ({ key: store.platform.key, token })),
  );
  const has = (test: (token: Document) => boolean) =>
    tokens.filter(({ token }) => test(token)).length;

  it('has 5,000 tokens on two platforms, 300 users and 40 policies', () => {
    expect(organization.platforms.map((store) => store.tokens.size())).toEqual([2500, 2500]);
    expect(organization.platforms.map((store) => store.policies.size())).toEqual([20, 20]);
    expect(new Set(organization.users.all().map(({ email }) => email)).size).toBe(300);
    expect(new Set(tokens.map(({ token }) => token.id)).size).toBe(5000);
  });

  it('has tokens in each state, expired pending tokens, and a device for each used token', () => {
    for (const state of ['PENDING', 'DONE', 'EXPIRED', 'DELETED', 'ARCHIVED']) {
      expect(has((token) => token['state'] === state)).toBeGreaterThan(3);
    }
    expect(
      has(({ state, expireAt }) => state === 'PENDING' && timeOf(expireAt) < now.getTime()),
    ).toBeGreaterThan(20);
    for (const { token } of tokens) {
      if (token['state'] === 'DONE')
        expect(token['winDeviceId'] ?? token['admDevice']).toBeTruthy();
    }
  });

  it('has groups of equal creation times, some on both platforms', () => {
    const groups = new Map<number, Map<string, number>>();
    for (const { key, token } of tokens) {
      const group = groups.get(timeOf(token['createdAt'])) ?? new Map<string, number>();
      group.set(key, (group.get(key) ?? 0) + 1);
      groups.set(timeOf(token['createdAt']), group);
    }
    const sizes = [...groups.values()].filter((group) => group.size === 2);
    expect(sizes).toHaveLength(6);
    expect(Math.max(...sizes.map((group) => group.get('apple') ?? 0))).toBe(200);
  });

  it('has the documented oddities', () => {
    const odd: Record<string, (token: Document) => boolean> = {
      'stray space': ({ createdAt }) => /T\d\d: /.test(String(createdAt)),
      'text segment': ({ segmentId }) => typeof segmentId === 'string',
      'number segment': ({ segmentId }) => typeof segmentId === 'number',
      'null tags': ({ tags }) => tags === null,
      'empty name': ({ displayName }) => displayName === '',
      'null name': ({ displayName }) => displayName === null,
      'never expires': ({ expireAt }) => expireAt === null,
      'expiry in the summary only': ({ expireAt, summary }) =>
        expireAt === undefined && isObject(summary) && summary['expirationTimestamp'] !== undefined,
      'ill-formed address': ({ mdmUser }) =>
        isObject(mdmUser) && !String(mdmUser['email']).includes('@example.com'),
      'no user': ({ mdmUser }) => mdmUser === null,
      'legacy policy of Windows': ({ winPolicyId }) => String(winPolicyId ?? '').length === 24,
      'legacy policy assigned as well': ({ winPolicyId, winPolicyAssignments }) =>
        winPolicyId !== '' &&
        JSON.stringify(winPolicyAssignments ?? '').includes(`"${winPolicyId}"`),
      'empty legacy policy': ({ winPolicyId }) => winPolicyId === '',
      'legacy policy as an id': ({ admPolicy }) => String(admPolicy).length === 24,
      'legacy policy as an object': ({ admPolicy }) => isObject(admPolicy),
    };
    for (const [name, test] of Object.entries(odd)) expect(has(test), name).toBeGreaterThan(2);
  });

  it('embeds policies completely, by name, as an empty object, or not at all; some policies do not exist', () => {
    for (const store of organization.platforms) {
      const { words } = store.platform;
      const assignments = store.tokens
        .all()
        .flatMap((token) => {
          const list = token[words.assignments];
          return Array.isArray(list) ? list : [];
        })
        .filter(isObject);
      const kinds = new Set(
        assignments.map((assignment) => {
          const policy = assignment[words.policy];
          if (store.policies.get(String(assignment[words.policyId])) === undefined) return 'gone';
          if (!isObject(policy)) return 'none';
          const fields = Object.keys(policy).length;
          return fields === 0 ? 'empty' : fields === 2 ? 'name' : 'whole';
        }),
      );
      expect([...kinds].sort()).toEqual(['empty', 'gone', 'name', 'none', 'whole']);
    }
  });

  it('starts with pending tokens of both platforms that have no oddities, with user and policies', () => {
    const newest = tokens
      .sort((left, right) => timeOf(right.token['createdAt']) - timeOf(left.token['createdAt']))
      .slice(0, 12);
    expect(newest.filter(({ key }) => key === 'apple').length).toBeGreaterThan(3);
    expect(newest.filter(({ key }) => key === 'windows').length).toBeGreaterThan(3);
    for (const { token } of newest) {
      expect(token).toMatchObject({
        state: 'PENDING',
        displayName: expect.stringMatching(/\w - \w+ \w+/),
        mdmUser: { email: expect.stringContaining('@example.com') },
      });
      const assignments = token['winPolicyAssignments'] ?? token['admPolicyAssignments'];
      expect(assignments).not.toEqual([]);
      expect(JSON.stringify(assignments)).toContain('"name":');
      expect(timeOf(token['createdAt'])).toBeGreaterThan(now.getTime() - 4 * 3_600_000);
      expect(timeOf(token['expireAt'])).toBeGreaterThan(now.getTime());
    }
  });

  it('has users with many tokens on both platforms', () => {
    const most = organization.platforms.map((store) =>
      Math.max(
        ...organization.users.all().map(({ id }) => organization.countsOf(store, id).tokens),
      ),
    );
    for (const count of most) expect(count).toBeGreaterThan(30);
  });
});

describe('a seed', () => {
  it('determines all data', () => {
    expect(everything(create(small))).toEqual(everything(create(small)));
  });

  it('gives different data than another seed, and each organization of one seed has different data', () => {
    const one = create(small);
    const other = create({ ...small, seed: 2 });
    expect(other.apiKey).not.toBe(one.apiKey);
    expect(other.organizationId).not.toBe(one.organizationId);
    expect(everything(other)).not.toEqual(everything(one));
    const second = one.addOrganization({ slug: 'fjord-clinics' });
    expect(second.users.all()[0]?.id).not.toBe(one.organization.users.all()[0]?.id);
  });

  it('gives the same names for another start time', () => {
    const later = create({ ...small, now: new Date(now.getTime() + 5_000) });
    const names = (sandbox: Sandbox) =>
      sandbox
        .platform('apple')
        .tokens.all()
        .map(({ displayName }) => displayName);
    expect(names(later)).toEqual(names(create(small)));
  });
});

describe('the options', () => {
  it('can omit embedded objects, so that the gateway must look them up', () => {
    const text = JSON.stringify(
      create({ ...small, embeds: 'none', oddities: false }).organization.platforms.map((store) =>
        store.tokens.all().map(({ mdmUser, winPolicyAssignments, admPolicyAssignments }) => ({
          mdmUser,
          winPolicyAssignments,
          admPolicyAssignments,
        })),
      ),
    );
    expect(text).toContain('"priority":');
    expect(text).not.toMatch(/"name"|"email"|"winPolicy"|"admPolicy"/);
  });

  it('can embed complete policies everywhere', () => {
    const sandbox = create({ ...small, embeds: 'whole', oddities: false });
    const { tokens, policies } = sandbox.platform('windows');
    const assignments = tokens.all().flatMap((token) => {
      const list = token['winPolicyAssignments'];
      return Array.isArray(list) ? list.filter(isObject) : [];
    });
    expect(assignments.length).toBeGreaterThan(50);
    for (const { winPolicyId, winPolicy } of assignments) {
      expect(winPolicy).toEqual(policies.get(String(winPolicyId)));
    }
  });
});
