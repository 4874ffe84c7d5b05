import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  applePolicies,
  appleTokens,
  type Client,
  idsOf,
  itemsOf,
  startSandbox,
  totalOf,
  windowsPolicies,
  windowsTokens,
} from './client.ts';

const tokenId = (number: number) => String(number).padStart(24, '0');

describe('a list', () => {
  let client: Client;
  beforeAll(async () => {
    client = await startSandbox({ tokens: 0 });
    const minutes = [3, 1, 2, 2, 2, 5, 4];
    for (const [index, minute] of minutes.entries()) {
      client.sandbox.addToken('windows', {
        id: tokenId(index),
        createdAt: `2026-05-01T00:0${minute}:00.000Z`,
        displayName: index === 0 ? null : `Device ${9 - index}`,
        expireAt: index < 2 ? null : `2026-06-0${index}T00:00:00.000Z`,
      });
    }
  });
  afterAll(() => client.sandbox.close());

  const ids = async (query: string) =>
    idsOf(await client.call(`${windowsTokens}?${query}`)).map(Number);

  it('has ten items per page by default, newest first', async () => {
    expect(await ids('')).toEqual([5, 6, 0, 2, 3, 4, 1]);
    expect((await client.call(windowsTokens)).json).toMatchObject({ data: { limit: 10, page: 1 } });
  });

  it('describes the position of a page', async () => {
    const first = await client.call(`${windowsTokens}?limit=3`);
    expect(first.json).toMatchObject({
      status: true,
      data: {
        totalDocs: 7,
        limit: 3,
        page: 1,
        totalPages: 3,
        hasPrevPage: false,
        hasNextPage: true,
        prevPage: null,
        nextPage: 2,
        lean: true,
      },
    });
    const last = await client.call(`${windowsTokens}?limit=3&page=3`);
    expect(last.json).toMatchObject({
      data: { hasPrevPage: true, hasNextPage: false, prevPage: 2, nextPage: null },
    });
    expect(idsOf(last)).toHaveLength(1);
  });

  it('has empty pages after its end, and one page if it is empty', async () => {
    const past = await client.call(`${windowsTokens}?limit=3&page=4`);
    expect(past.status).toBe(200);
    expect(past.json).toMatchObject({
      data: { items: [], totalDocs: 7, hasPrevPage: true, hasNextPage: false },
    });
    const empty = await client.call(appleTokens);
    expect(empty.json).toMatchObject({ data: { items: [], totalDocs: 0, totalPages: 1 } });
  });

  it('is sorted by one key; equal keys stay in the order of insertion in both directions', async () => {
    expect(await ids('sort=createdAt')).toEqual([1, 2, 3, 4, 0, 6, 5]);
    expect(await ids('sort=createdAt:asc')).toEqual([1, 2, 3, 4, 0, 6, 5]);
    expect(await ids('sort=createdAt:desc')).toEqual([5, 6, 0, 2, 3, 4, 1]);
    expect(await ids('sort=mdmUser.id')).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('has nulls first in ascending and last in descending order', async () => {
    expect(await ids('sort=expireAt')).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(await ids('sort=expireAt:desc')).toEqual([6, 5, 4, 3, 2, 0, 1]);
    expect(await ids('sort=displayName')).toEqual([0, 6, 5, 4, 3, 2, 1]);
  });

  it('sorts a date with a stray space by its time', async () => {
    client.sandbox.addToken('windows', { id: tokenId(9), createdAt: '2026-05-01T00: 02:30Z' });
    expect(await ids('sort=createdAt')).toEqual([1, 2, 3, 4, 9, 0, 6, 5]);
    client.sandbox.platform('windows').tokens.remove(tokenId(9));
  });

  it.each([
    'page=0',
    'page=1.5',
    'limit=0',
    'limit=10001',
    'limit=ten',
    'sort=createdAt:down',
    'sort=created-at',
    'mdm-user=42',
    'show-deleted=yes',
    'mdmUser=aaaaaaaaaaaaaaaaaaaaaaaa',
    'page=1&page=2',
  ])('refuses ?%s', async (query) => {
    const reply = await client.call(`${windowsTokens}?${query}`);
    expect(reply.status).toBe(400);
    expect(reply.json).toMatchObject({
      status: false,
      error: { code: 3001, data: [{ path: query.split('=')[0] }] },
    });
  });

  it('accepts a slash at the end of its path', async () => {
    expect(idsOf(await client.call(`${windowsTokens}/?limit=2`))).toHaveLength(2);
  });
});

describe('the filters', () => {
  let client: Client;
  beforeAll(async () => {
    client = await startSandbox({ tokens: 600, oddities: true });
  });
  afterAll(() => client.sandbox.close());

  it('of tokens select the tokens of one user', async () => {
    const [user] = client.sandbox.organization.users.all();
    for (const path of [windowsTokens, appleTokens]) {
      const reply = await client.call(`${path}?mdm-user=${user?.id}&limit=500`);
      expect(totalOf(reply)).toBeGreaterThan(0);
      for (const token of itemsOf(reply)) expect(token['mdmUser']).toMatchObject({ id: user?.id });
    }
  });

  it.each([
    ['windows', windowsTokens, 'win-policy', 'winPolicyId', 'winPolicyId'],
    ['apple', appleTokens, 'adm-policy', 'admPolicyId', 'admPolicy'],
  ])('of %s tokens select the tokens of one policy, including its use as legacy policy', async (key, path, filter, field, legacy) => {
    const { policies } = client.sandbox.platform(key);
    const [policy] = policies.all();
    const id = policy?.id ?? '';
    const everything = itemsOf(await client.call(`${path}?limit=1000`));
    const kept = idsOf(await client.call(`${path}?limit=1000&${filter}=${id}`));
    const wanted = everything.filter(
      (token) =>
        JSON.stringify(token[legacy] ?? '').includes(id) ||
        JSON.stringify(token[`${field.slice(0, -2)}Assignments`]).includes(`"${field}":"${id}"`),
    );
    expect(kept).toEqual(wanted.map((token) => token.id));
    expect(wanted.some((token) => JSON.stringify(token[legacy] ?? '').includes(id))).toBe(true);
  });

  it('of tokens omit revoked tokens by default', async () => {
    const live = await client.call(`${windowsTokens}?limit=1000`);
    const all = await client.call(`${windowsTokens}?limit=1000&show-deleted=true`);
    const deleted = itemsOf(all).filter(({ state }) => state === 'DELETED');
    expect(deleted.length).toBeGreaterThan(0);
    expect(totalOf(all)).toBe(totalOf(live) + deleted.length);
    expect(itemsOf(live).some(({ state }) => state === 'DELETED')).toBe(false);
    expect(totalOf(await client.call(`${windowsTokens}?show-deleted=false`))).toBe(totalOf(live));
  });

  it('of users match any part of a text, ignoring case', async () => {
    const { users } = client.sandbox.organization;
    users.add({
      id: tokenId(1),
      email: 'Ana.Long@example.com',
      name: 'Ana Long',
      tags: ['x', 'y'],
    });
    users.add({ id: tokenId(2), email: 'diana.long@example.com', name: 'Diana', tags: ['y'] });
    const found = async (query: string) =>
      idsOf(await client.call(`/mdm/users?${query}&sort=email`));
    expect(await found('email=ana.long@EXAMPLE.com')).toEqual([tokenId(1), tokenId(2)]);
    expect(await found('name=ana%20long')).toEqual([tokenId(1)]);
    expect(await found('search=.long@')).toEqual([tokenId(1), tokenId(2)]);
    expect(await found('tags=x')).toEqual([tokenId(1)]);
    expect(await found('tags=x&tags[]=y')).toEqual([tokenId(1), tokenId(2)]);
  });

  it('of policies match name, target type and segment', async () => {
    const { policies } = client.sandbox.platform('apple');
    policies.add({ id: tokenId(3), name: 'Zebra crossing', targetType: 'device', segmentId: '77' });
    for (const query of ['name=ZEBRA', 'segmentId=77', 'name=zebra&targetType=device']) {
      expect(idsOf(await client.call(`${applePolicies}?${query}`))).toEqual([tokenId(3)]);
    }
    expect((await client.call(`${applePolicies}?targetType=sofa`)).status).toBe(400);
    expect((await client.call(`${windowsPolicies}?targetType=device`)).status).toBe(400);
    expect((await client.call(`${windowsPolicies}?expandTo=children`)).status).toBe(200);
  });

  it('of all policies select a type, a name or one id; the answer has no paging fields', async () => {
    const { json } = await client.call('/mdm/policies?type=windows&limit=2&sort=name');
    expect(json).toEqual({
      status: true,
      data: {
        items: [
          expect.objectContaining({ type: 'windows' }),
          expect.objectContaining({ type: 'windows' }),
        ],
        totalDocs: client.sandbox.platform('windows').policies.size(),
      },
    });
    expect((await client.call('/mdm/policies?type=android')).json).toMatchObject({
      data: { items: [], totalDocs: 0 },
    });
    for (const query of [`policyId=${tokenId(3)}`, 'search=zebra', 'name=zebra']) {
      expect((await client.call(`/mdm/policies?${query}`)).json).toMatchObject({
        data: { items: [{ id: tokenId(3), type: 'apple' }], totalDocs: 1 },
      });
    }
  });
});
