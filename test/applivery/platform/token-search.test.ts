import { describe, expect, test } from 'vitest';
import type { PlatformOptions } from '../../../src/applivery/platform/platform.ts';
import {
  NotFoundError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../../src/domain/errors.ts';
import { toOrganizationId } from '../../../src/domain/organization.ts';
import { type TokenId, toTokenId } from '../../../src/domain/token.ts';
import { asked, createApple, createWindows, startUpstream } from '../../platforms/upstream.ts';
import { type Answer, failureOf, json, raw, refusal, startOperation } from '../../rest/harness.ts';
import { setClockAhead } from '../../support/time/shifted-clock.ts';

const idOf = (index: number): TokenId => toTokenId(index.toString(16).padStart(24, '0'));

const withoutGet = (count: number, refuse: Answer = refusal(404, 1002)): Answer => {
  const all = Array.from({ length: count }, (_, index) => ({ id: idOf(index) }));
  return (response, request) => {
    const query = new URL(request.url, 'http://api').searchParams;
    if (!query.has('page')) return refuse(response, request);
    const page = Number(query.get('page'));
    const limit = Number(query.get('limit'));
    const items = all.slice((page - 1) * limit, page * limit);
    const data = { items, page, limit, totalDocs: count, hasNextPage: page * limit < count };
    json({ status: true, data })(response, request);
  };
};

const start = async (answer: Answer, options: Partial<PlatformOptions> = {}) => {
  const { transport, seen } = await startUpstream(answer);
  const operation = startOperation();
  const windows = createWindows(transport, options);
  const apple = createApple(transport, options);
  return {
    get: (id: TokenId) => windows.getToken(operation, asked, id),
    getApple: (id: TokenId) => apple.getToken(operation, asked, id),
    revoke: (id: TokenId) => windows.revokeToken(operation, asked, id),
    seen,
    calls: operation.calls,
  };
};

describe('a token that the API cannot get by its id', () => {
  test.each([
    ['route not found', refusal(404, 1002)],
    ['method not allowed', raw('', 405)],
  ])('is found in the list after %s, newest first, deleted ones too', async (_name, refuse) => {
    const { get, seen, calls } = await start(withoutGet(25, refuse), { maxLimit: 10 });
    const token = await get(idOf(22));
    expect(token.sourceId).toBe(idOf(22));
    const query = (page: number) =>
      `?page=${page}&limit=10&sort=createdAt%3Adesc&show-deleted=true`;
    expect(seen.map(({ url }) => url.split('/enrollment-tokens')[1])).toStrictEqual([
      `/${idOf(22)}`,
      query(1),
      query(2),
      query(3),
    ]);
    expect(calls.map(({ cause }) => cause)).toStrictEqual(['lookup', 'seek', 'seek', 'seek']);
  });

  test('is not asked for by its id again, and the pages that one operation reads are read once', async () => {
    const { get, seen } = await start(withoutGet(25), { maxLimit: 10 });
    await get(idOf(0));
    await Promise.all([get(idOf(1)), get(idOf(12)), get(idOf(13))]);
    await get(idOf(2));
    expect(seen.filter(({ url }) => !url.includes('?'))).toHaveLength(1);
    expect(seen).toHaveLength(3);
  });

  test('is searched for again after a write of the operation that may have changed it', async () => {
    const deleted = json({ status: true, data: { deleted: true } });
    const missing = refusal(404, 3001);
    const { get, revoke, seen } = await start((response, request) => {
      if (request.method !== 'DELETE') return withoutGet(3)(response, request);
      return (request.url.endsWith(idOf(1)) ? deleted : missing)(response, request);
    });
    const lists = () => seen.filter(({ url }) => url.includes('?')).length;
    await get(idOf(0));
    expect(await failureOf(revoke(idOf(99)))).toBeInstanceOf(NotFoundError);
    await get(idOf(0));
    expect(lists()).toBe(1);
    await revoke(idOf(1));
    await get(idOf(0));
    expect(lists()).toBe(2);
  });

  test.each([
    ['route not found', refusal(404, 1002)],
    ['method not allowed', raw('', 405)],
  ])('in one organization is asked for by its id in others, and there again after five minutes: %s', async (_name, refuse) => {
    const surprises: string[] = [];
    const onSurprise = (kind: string) => surprises.push(kind);
    const { transport, seen } = await startUpstream(withoutGet(3, refuse));
    const windows = createWindows(transport, { onSurprise });
    const other = toOrganizationId('5f0000000000000000000009');
    const getOnes = () => seen.filter(({ url }) => !url.includes('?')).length;
    const get = (organization = asked) => windows.getToken(startOperation(), organization, idOf(0));
    await get();
    await get();
    expect(getOnes()).toBe(1);
    expect(surprises.filter((kind) => kind === 'get-one-not-supported')).toHaveLength(1);
    await get(other);
    expect(getOnes()).toBe(2);
    await setClockAhead(300_001);
    await get();
    expect(getOnes()).toBe(3);
  });

  test('on one platform is still asked for by its id on the other', async () => {
    const { get, getApple, seen } = await start(withoutGet(3));
    await get(idOf(0));
    await getApple(idOf(0));
    expect(seen.filter(({ url }) => !url.includes('?')).map(({ url }) => url)).toStrictEqual([
      expect.stringContaining('/windows/'),
      expect.stringContaining('/apple/'),
    ]);
  });

  test('is not found if the list ends without it', async () => {
    const { get, seen } = await start(withoutGet(20), { maxLimit: 10, maxScanItems: 21 });
    expect(await failureOf(get(idOf(99)))).toBeInstanceOf(NotFoundError);
    expect(seen).toHaveLength(3);
  });

  test('is not found if the list claims more and is empty', async () => {
    const empty = json({ status: true, data: { items: [], hasNextPage: true } });
    const { get } = await start((response, request) =>
      (request.url.includes('?') ? empty : refusal(404, 1002))(response, request),
    );
    expect(await failureOf(get(idOf(1)))).toBeInstanceOf(NotFoundError);
  });

  test('may exist if the bound ends the search', async () => {
    const { get, seen } = await start(withoutGet(100), { maxLimit: 10, maxScanItems: 30 });
    const failure = await failureOf(get(idOf(30)));
    expect(failure).toBeInstanceOf(UpstreamUnavailableError);
    expect(failure).toMatchObject({ message: expect.stringContaining('newest 30 tokens') });
    expect(seen).toHaveLength(4);
    expect((await get(idOf(29))).sourceId).toBe(idOf(29));
  });
});

describe('a token that the API can get by its id', () => {
  test('is not searched for in the list if it does not exist', async () => {
    const { get, seen } = await start(refusal(404, 3001));
    expect(await failureOf(get(idOf(1)))).toBeInstanceOf(NotFoundError);
    expect(await failureOf(get(idOf(2)))).toBeInstanceOf(NotFoundError);
    expect(seen.every(({ url }) => !url.includes('?'))).toBe(true);
  });

  test('is not searched for in the list if the credential is refused', async () => {
    const { get, seen } = await start(refusal(401, 4004));
    expect(await failureOf(get(idOf(1)))).toBeInstanceOf(UnauthenticatedError);
    expect(seen).toHaveLength(1);
  });
});
