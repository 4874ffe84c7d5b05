import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { countOverlaps, measureDocument } from '../../../src/server/limits/document-measures.ts';
import { checkDocument, requestLimits } from '../../../src/server/limits/request-limits.ts';
import { repeatText } from '../../support/repeat.ts';

const limits = { maxDepth: 12, maxAliases: 30, maxDirectives: 50, maxTokens: 2000 };

const check = (document: string): string | null => checkDocument(parse(document), limits);

const nested = (levels: number): string => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`;

/** Spreads a fragment so often that its content counts that many times. */
const spread = (count: number, content: string): string =>
  `{ a { ${repeatText(count, () => '...F')} } } fragment F on A { ${content} }`;

describe('a document', () => {
  it.each<[string, (count: number) => string, number]>([
    ['depth', nested, 12],
    ['aliases', (count) => `{ ${repeatText(count, (index) => `a${index}: b`)} }`, 30],
    ['aliases in a fragment', (count) => spread(count, 'a: b'), 30],
    ['root fields', (count) => `{ ${repeatText(count, (index) => `a${index}`)} }`, 30],
    [
      'root fields in a fragment',
      (count) => `{ ...F } fragment F on Query { ${repeatText(count, (index) => `a${index}`)} }`,
      30,
    ],
    ['directives', (count) => `{ a ${repeatText(count, () => '@x')} }`, 50],
    ['directives in a fragment', (count) => spread(count, 'b @x'), 50],
    [
      'directives of spreads',
      (count) => `{ a { ${repeatText(count, () => '...F @x')} } } fragment F on A { b }`,
      50,
    ],
    [
      'directives of inline fragments',
      (count) => `{ a { ${repeatText(count, () => '... @x { b }')} } }`,
      50,
    ],
    [
      'introspections',
      (count) => `{ ${repeatText(count, (index) => `a${index}: __type(name: "X") { name }`)} }`,
      4,
    ],
  ])('is taken at the limit of its %s, and refused one beyond', (_name, document, limit) => {
    expect(check(document(limit))).toBeNull();
    const fault = check(document(limit + 1));
    expect(fault).toContain(String(limit + 1));
    expect(fault).toContain(`at most ${limit}`);
  });

  it('counts the fields of fragments wherever they are spread', () => {
    // 100 spreads of 18 fields, the fragment by itself, and the field around them.
    const fields = repeatText(18, (index) => `b${index}`);
    expect(measureDocument(parse(spread(100, fields)))).toMatchObject({ fields: 1_819 });
    expect(check(spread(100, fields))).toBeNull();
    expect(check(spread(120, fields))).toContain('selects 2179 fields');
  });

  it('is measured for each operation, but validated as a whole', () => {
    const operation = (name: string) =>
      `query ${name} { ${repeatText(30, (index) => `a${index}: b`)} }`;
    expect(check(repeatText(10, (index) => operation(`O${index}`)))).toBeNull();
    expect(check(repeatText(70, (index) => operation(`O${index}`)))).toContain(
      'selects 2100 fields',
    );
  });

  it('does not count `ofType` in the depth', () => {
    expect(check(getIntrospectionQuery())).toBeNull();
    expect(check(getIntrospectionQuery({ oneOf: true, schemaDescription: true }))).toBeNull();
  });

  it('can have unknown fragments, and fragments that spread each other', () => {
    const [operation] = measureDocument(
      parse('{ ...A ...Unknown } fragment A on Q { x ...B } fragment B on Q { y { ...A } }'),
    ).operations;
    expect(operation).toMatchObject({ width: 2, fields: 2 });
  });

  it('with 2^1000 fields is measured at once', () => {
    const fragments = repeatText(
      1_000,
      (index) => `fragment F${index} on Q { ...F${index + 1} ...F${index + 1} }`,
    );
    const document = parse(`{ ...F0 } ${fragments} fragment F1000 on Q { a }`);
    const before = performance.now();
    const { fields } = measureDocument(document);
    expect(fields).toBeGreaterThan(2 ** 900);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe('overlaps', () => {
  const count = (document: string): number => countOverlaps(parse(document), Infinity);

  it.each<[number, string, string]>([
    [0, 'different fields', '{ a b c }'],
    [3, 'one field three times', '{ a a a }'],
    [1, 'one response name for two fields', '{ x: a x: b }'],
    [2, 'two fields, and what is below them', '{ a { b } a { b } }'],
    [0, 'equal names at different places', '{ a { x } b { x } }'],
    [1, 'a field beside its fragment', '{ a ...F } fragment F on Q { a }'],
    [
      3,
      'three fragments',
      '{ ...A ...B ...C } fragment A on Q { a } fragment B on Q { b } fragment C on Q { c }',
    ],
    [0, 'one fragment twice', '{ ...A ...A } fragment A on Q { a }'],
    [1, 'types that exclude one another', '{ ... on A { a } ... on B { a } }'],
  ])('are %i pairs in %s', (pairs, _name, document) => {
    expect(count(document)).toBe(pairs);
  });

  it('are counted only a little beyond the limit', () => {
    const many = parse(`{ ${'a '.repeat(900)} }`);
    expect(countOverlaps(many, 100)).toBeLessThan(1_000);
  });

  it('of a page with thirty fragments are below the limit', () => {
    const names = repeatText(30, (index) => `...F${index}`);
    const fields =
      'id displayName state user { id email } policyAssignments { policy { id name } }';
    const fragments = repeatText(
      30,
      (index) => `fragment F${index} on EnrollmentToken { ${fields} }`,
    );
    const document = parse(`{ enrollmentTokens { nodes { ${names} } } } ${fragments}`);
    expect(countOverlaps(document, Infinity)).toBeLessThan(requestLimits.overlaps);
    expect(checkDocument(document, limits)).toBeNull();
  });
});
