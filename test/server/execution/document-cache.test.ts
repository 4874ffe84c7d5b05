import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDocumentCache } from '../../../src/server/execution/document-cache.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { usedHeap } from '../../support/heap.ts';
import { postJson } from '../../support/http/post-json.ts';
import { repeatText } from '../../support/repeat.ts';

/** Documents of at most 2,000 tokens, more than the cache can hold. */
const shapes: readonly (readonly [
  name: string,
  count: number,
  document: (index: number) => string,
])[] = [
  ['variables', 60, (index) => `query Q${index}(${repeatText(480, (at) => `$v${at}:ID`)}) { a }`],
  ['levels', 60, (index) => `query Q${index} ${'{a'.repeat(900)}${'}'.repeat(900)}`],
  ['inline fragments', 60, (index) => `query Q${index} { ${'...{a} '.repeat(480)} }`],
  [
    'texts',
    60,
    (index) => `query Q${index} { a(b: [${'"more than 13 letters" '.repeat(1_900)}]) }`,
  ],
  ['next to nothing', 9_000, (index) => `{ a${index} }`],
  ['a comment in two bytes', 100, (index) => `{ a } # ${index} ${'ш'.repeat(100_000)}`],
];

describe('the memory of cached documents', () => {
  it.each(shapes)('is at most 16 MB, if they consist of %s', (_name, count, document) => {
    const before = usedHeap();
    const cache = createDocumentCache();
    for (let index = 0; index < count; index += 1) {
      // A new text, as from a request.
      const text: unknown = JSON.parse(JSON.stringify(document(index)));
      cache.set(String(text), parse(String(text)));
    }
    const bytes = usedHeap() - before;
    expect(cache.get(document(0))).toBeUndefined();
    expect(cache.get(document(count - 1))).toBeDefined();
    expect(bytes).toBeGreaterThan(1_000_000);
    expect(bytes).toBeLessThan(16_500_000);
  });

  it('is not kept by their strings and numbers that resolvers keep', () => {
    const kept: string[] = [];
    const before = usedHeap();
    for (let index = 0; index < 100; index += 1) {
      const cache = createDocumentCache();
      const padding = 'x'.repeat(200_000);
      const value = `"an organization ${index}" ${1_000_000_000_000_000 + index}`;
      const text: unknown = JSON.parse(JSON.stringify(`{ a(b: [${value}]) } # ${padding}`));
      const document = parse(String(text));
      cache.set(String(text), document);
      JSON.stringify(document, (_key, part: unknown) => {
        if (typeof part === 'string' && part.length >= 13) kept.push(part);
        return part;
      });
    }
    const values = kept.filter((part) => /^an organization \d+$|^\d{16}$/.test(part));
    kept.length = 0;
    expect(values).toHaveLength(200);
    expect(usedHeap() - before).toBeLessThan(5_000_000);
  });
});

describe('a cached document', () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld({ tokens: 30 }, { MAX_UPSTREAM_CALLS: '3' });
  });
  afterAll(() => world.close());

  const locate = async (query: string, variables: unknown = {}) => {
    const authorization = `Bearer ${world.sandbox.apiKey}`;
    const response = await postJson(world.url, { query, variables }, { authorization });
    const { errors } = (await response.json()) as {
      readonly errors: readonly { readonly message: string; readonly locations: unknown }[];
    };
    return errors.map(({ message, locations }) => ({ message, locations }));
  };

  it.each([
    [
      'a resolver',
      '{\n  enrollmentTokens(after: "junk") {\n    totalCount\n  }\n}',
      [{ line: 2, column: 3 }],
    ],
    [
      'the variables',
      'query(\n  $first: Int!\n) { enrollmentTokens(first: $first) { totalCount } }',
      [{ line: 2, column: 3 }],
    ],
    ['validation', '{\n\n    nothing\n}', [{ line: 3, column: 5 }]],
    ['the parser', '{\n  a(\n}', [{ line: 3, column: 1 }]],
  ])('and one that is refused name the place of an error of %s each time', async (...given) => {
    const [, query, locations] = given;
    const first = await locate(query);
    expect(first.map((error) => error.locations)).toEqual([locations]);
    expect(await locate(query)).toEqual(first);
    expect(await locate(query)).toEqual(first);
  });

  it('is priced each time', async () => {
    const query = `{ ${repeatText(4, (at) => `a${at}: mdmUsers(search: "q${at}") { totalCount }`)} }`;
    const first = await world.ask(query);
    expect(first.errors[0]?.extensions).toMatchObject({ estimatedCalls: 4, maxCalls: 3 });
    const second = await world.ask(query);
    expect(second.errors[0]?.extensions).toMatchObject({ estimatedCalls: 4, maxCalls: 3 });
  });
});
