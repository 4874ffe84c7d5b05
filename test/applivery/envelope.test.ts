import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createListFormat,
  createReportingSchema,
  isSuccess,
  mapPage,
  readData,
  readFailure,
} from '../../src/applivery/envelope.ts';
import { itemId, lenientString } from '../../src/applivery/fields/fields.ts';

const item = z.object({ id: itemId });
const asked = { page: 2, limit: 10 };
const ignore = () => {};
const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `row-${index}` }));

const read = (data: unknown) => {
  const surprises: string[] = [];
  const { schema, toPage } = createListFormat(item, (kind) => surprises.push(kind));
  const { data: answer, success } = z.safeParse(schema, data);
  return { page: answer && toPage(answer, asked), success, surprises };
};

describe('an envelope', () => {
  it.each([
    [{ status: false }, { isEnvelope: true, code: null }],
    [
      { status: false, error: { code: 3001 } },
      { isEnvelope: true, code: 3001 },
    ],
    [
      { status: false, error: 'words' },
      { isEnvelope: true, code: null },
    ],
    [{ error: { code: '3001' } }, { isEnvelope: true, code: 3001 }],
    [{ error: {} }, { isEnvelope: true, code: null }],
    [
      { status: true, error: { code: 3001 } },
      { isEnvelope: true, code: 3001 },
    ],
    [{ status: true }, { isEnvelope: false, code: null }],
    [{ status: 'false' }, { isEnvelope: false, code: null }],
    [{ error: 'words' }, { isEnvelope: false, code: null }],
    [{ error: null }, { isEnvelope: false, code: null }],
    [{}, { isEnvelope: false, code: null }],
    [[], { isEnvelope: false, code: null }],
    [null, { isEnvelope: false, code: null }],
    [undefined, { isEnvelope: false, code: null }],
    ['words', { isEnvelope: false, code: null }],
  ])('of a failure is recognized: %j', (body, expected) => {
    expect(readFailure(body)).toEqual(expected);
  });

  it('is a success unless its status is false', () => {
    const successes = [{ status: true }, { status: null }, { status: 'false' }, {}, [], null];
    expect(successes.map(isSuccess)).toEqual(successes.map(() => true));
    expect(isSuccess({ status: false, data: {} })).toBe(false);
  });

  it.each([
    [{ status: true, data: { a: 1 } }, { a: 1 }],
    [{ data: null }, null],
    [{ a: 1 }, { a: 1 }],
    [[1], [1]],
    [null, null],
    ['text', 'text'],
  ])('is removed if there is one: %j', (body, expected) => {
    expect(readData(body)).toEqual(expected);
  });
});

describe('an object that is read alone', () => {
  const schema = z.object({ id: itemId, name: lenientString });

  it('reports its fields that cannot be read', () => {
    const surprises: string[] = [];
    const read = z.safeParse(
      createReportingSchema(schema, (kind) => surprises.push(kind)),
      { id: 'a', name: 7 },
    );
    expect(read).toEqual({ success: true, data: { id: 'a', name: null } });
    expect(surprises).toEqual(['unreadable-text']);
  });

  it('is refused with the paths of the fields that it needs', () => {
    const { error } = z.safeParse(createReportingSchema(schema, ignore), { name: 'no id' });
    expect(error?.issues).toMatchObject([{ path: ['id'], message: 'not readable' }]);
  });
});

describe('a page of a list', () => {
  it.each([
    ['with the items beside the flags', { items: rows(3), totalDocs: 13 }],
    ['with a second data around it', { data: { items: rows(3), totalDocs: 13 } }],
    ['with a list as its data', { data: rows(3) }],
    ['as a bare list', rows(3)],
  ])('is read %s', (_how, data) => {
    expect(read(data).page?.items).toEqual(rows(3));
  });

  it.each([
    [null],
    ['<html>'],
    [{}],
    [{ items: {} }],
    [{ items: null }],
    [7],
  ])('is refused if there is no list: %j', (data) => {
    expect(read(data).success).toBe(false);
  });

  it.each([
    [{}, ['items']],
    [{ items: null }, ['items']],
    [7, []],
    [null, []],
  ])('names the path where a list was expected: %j', (data, path) => {
    const { error } = z.safeParse(createListFormat(item, ignore).schema, data);
    expect(error?.issues).toMatchObject([{ path }]);
  });

  it('keeps the positions of items that cannot be read, and counts them', () => {
    const { page, surprises } = read({
      items: [{ id: 'a' }, null, { name: 'no id' }, { id: 'd' }],
    });
    expect(page?.items).toEqual([{ id: 'a' }, null, null, { id: 'd' }]);
    expect(surprises).toEqual(['null-item', 'unreadable-item']);
  });

  it('uses the limit of the answer', () => {
    const { page, surprises } = read({ items: rows(5), limit: 5, totalDocs: 11 });
    expect(page).toMatchObject({ limit: 5, hasNextPage: true, totalCount: 11 });
    expect(surprises).toEqual(['other-limit']);
  });

  it.each([
    0,
    -1,
    2.5,
    null,
    'x',
    undefined,
  ])('uses the limit that was asked if the answer says %j', (limit) => {
    expect(read({ items: rows(1), limit }).page?.limit).toBe(10);
  });

  it.each([
    ['the flag', { hasNextPage: true, totalDocs: 20 }, true],
    ['the flag', { hasNextPage: false, totalDocs: 99 }, false],
    ['the count where the flag is absent', { totalDocs: 21 }, true],
    ['the count where the flag is absent', { totalDocs: 20 }, false],
    ['the count where the flag is odd', { hasNextPage: 'yes', totalDocs: 20 }, false],
  ])('has a next page or not by %s', (_by, flags, expected) => {
    expect(read({ items: rows(10), ...flags }).page?.hasNextPage).toBe(expected);
  });

  it('has a next page after a full page without flags, and none after one that is not full', () => {
    expect(read(rows(10)).page).toMatchObject({ hasNextPage: true, totalCount: null });
    expect(read(rows(9)).page).toMatchObject({ hasNextPage: false, totalCount: null });
  });

  it('counts a page of another number and one with more items than its limit', () => {
    expect(read({ items: rows(11), page: 1 }).surprises).toEqual([
      'other-page',
      'more-items-than-limit',
    ]);
  });

  it.each([-1, null, 2.5, 'x'])('has no count if the answer says %j', (totalDocs) => {
    expect(read({ items: rows(3), totalDocs }).page?.totalCount).toBeNull();
  });

  it('is no surprise if it is full and of the page that was asked', () => {
    expect(read({ items: rows(10), page: 2, limit: 10 }).surprises).toEqual([]);
  });

  it('ignores unknown page fields and page fields of null', () => {
    const { page, surprises } = read({
      items: [],
      totalDocs: 0,
      limit: 10,
      page: 2,
      totalPages: 1,
      prevPage: null,
      nextPage: null,
      hasPrevPage: true,
      hasNextPage: false,
      lean: {},
      offset: 0,
    });
    expect(page).toEqual({ items: [], limit: 10, totalCount: 0, hasNextPage: false });
    expect(surprises).toEqual([]);
  });

  it('may have ten thousand items', () => {
    expect(read({ items: rows(10_000), limit: 10_000 }).page?.items).toHaveLength(10_000);
  });

  it('keeps the positions of its items when it is mapped', () => {
    const page = { items: [{ id: 'a' }, null], limit: 2, totalCount: 2, hasNextPage: false };
    expect(mapPage(page, ({ id }) => id)).toEqual({ ...page, items: ['a', null] });
  });
});
