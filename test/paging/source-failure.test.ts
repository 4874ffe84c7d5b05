import { describe, expect, test } from 'vitest';
import {
  ForbiddenError,
  NotFoundError,
  PlanLimitError,
  RateLimitedError,
  UnauthenticatedError,
  UnexpectedError,
} from '../../src/domain/errors.ts';
import { apple, failing, listOf, names, read, unavailable, windows } from './list-source.ts';

describe('a source that fails', () => {
  test.each([
    [new ForbiddenError('No permission.'), 'FORBIDDEN', false],
    [new PlanLimitError('Not in the plan.'), 'FORBIDDEN', false],
    [new NotFoundError('Not set up.'), 'FORBIDDEN', false],
    [unavailable(), 'UNAVAILABLE', true],
    [new RateLimitedError('Too many.', 1000), 'UNAVAILABLE', true],
  ])('with %s leaves the other sources on the page; its status is %s', async (error, status, hasMore) => {
    const page = await read([apple().source, failing(error).source], {});
    expect(names(page)).toBe('a0 a1 a2 a3');
    expect(page.sources).toMatchObject([{ status: 'OK' }, { status, error, totalCount: null }]);
    expect(page.totalCount).toBe(4);
    expect(page.hasNextPage).toBe(hasMore);
  });

  test('returns its missed items when it is back, in its own order, none twice', async () => {
    let isDown = true;
    const flaky = windows(() => {
      if (isDown) throw unavailable();
    });
    const sources = [apple().source, flaky.source];
    const first = await read(sources, { first: 3 });
    expect(names(first)).toBe('a0 a1 a2');
    isDown = false;
    const second = await read(sources, { first: 3, after: first.endCursor });
    expect(names(second)).toBe('w0 w1 w2');
    const third = await read(sources, { first: 3, after: second.endCursor });
    expect(names(third)).toBe('a3 w3');
    expect(third.hasNextPage).toBe(false);
  });

  test('before its first answer leaves a cursor to continue from, even on an empty page', async () => {
    let isDown = true;
    const flaky = windows(() => {
      if (isDown) throw unavailable();
    });
    const sources = [listOf('APPLE', []).source, flaky.source];
    const empty = await read(sources, { first: 2 });
    expect(empty).toMatchObject({ edges: [], hasNextPage: true, startCursor: null });
    isDown = false;
    expect(names(await read(sources, { first: 9, after: empty.endCursor }))).toBe('w0 w1 w2 w3');
  });

  test('with refused credentials fails the page', async () => {
    const refused = new UnauthenticatedError('Refused.');
    await expect(read([apple().source, failing(refused).source], {})).rejects.toBe(refused);
  });

  test('with a bug affects that source only, and the bug is reported', async () => {
    const bug = new TypeError('A bug.');
    const reported: unknown[] = [];
    const onBug = (...seen: readonly unknown[]) => reported.push(seen);
    const page = await read([apple().source, failing(bug).source], {}, { onBug });
    expect(names(page)).not.toBe('');
    expect(page.sources.map(({ status }) => status)).toEqual(['OK', 'UNAVAILABLE']);
    expect(reported).toEqual([['WINDOWS', bug]]);
  });

  test('with a bug while it is counted affects that count only', async () => {
    const select = { items: false, pageInfo: false, totals: true };
    const sources = [apple().source, failing(new TypeError('A bug.')).source];
    const page = await read(sources, {}, { select });
    expect(page.sources.map(({ status }) => status)).toEqual(['OK', 'UNAVAILABLE']);
  });

  test('with a bug fails the page if no other source answers; the message does not quote the bug', async () => {
    const bug = new TypeError('A bug.');
    const error: unknown = await read([failing(bug).source], {}).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnexpectedError);
    expect(error).toMatchObject({ cause: bug });
    expect(String(error)).not.toContain('A bug');
  });

  test('fails the page if no other source answers; a failure that may pass is reported first', async () => {
    const [forbidden, missing] = [new ForbiddenError('No.'), new NotFoundError('Nothing.')];
    const late = unavailable();
    await expect(read([failing(forbidden).source, { ...failing(late).source }], {})).rejects.toBe(
      late,
    );
    await expect(read([failing(missing).source, failing(forbidden).source], {})).rejects.toBe(
      forbidden,
    );
    await expect(read([failing(missing).source], {})).rejects.toBe(missing);
  });
});
