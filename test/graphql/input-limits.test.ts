import { type GraphQLSchema, isInputObjectType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import {
  followedIds,
  limitedInputs,
  limitOf,
  list,
  listLimit,
} from '../../src/graphql/input-limits.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { qrCodeSides } from '../../src/graphql/types/qr-code.ts';
import { platforms } from '../../src/platforms/registry.ts';

const numbersIn = (words: string): number[] => (words.match(/\d+/g) ?? []).map(Number);

/** Values within the limit that these words name, and values beyond it. */
const valuesFor = (words: string): { readonly within: unknown[]; readonly beyond: unknown[] } => {
  const [first = 0, last = first] = numbersIn(words);
  const texts = (length: number) => Array.from({ length }, () => 'x');
  switch (words.replace(/\d+/g, 'N')) {
    case 'at most N characters':
      return { within: ['', 'x'.repeat(first)], beyond: ['x'.repeat(first + 1)] };
    case 'N to N printable ASCII characters':
      return {
        within: ['x'.repeat(first), ' '.repeat(last)],
        beyond: ['x'.repeat(first - 1), 'x'.repeat(last + 1), 'é'],
      };
    case 'at most N, each of at most N characters':
      return {
        within: [[], texts(first), ['x'.repeat(last)]],
        beyond: [texts(first + 1), ['x'.repeat(last + 1)]],
      };
    case 'N to N addresses':
      return { within: [texts(first), texts(last)], beyond: [texts(first - 1), texts(last + 1)] };
    case 'N to N':
      return { within: [first, last], beyond: [first - 1, last + 1] };
    case 'N or more':
      return { within: [first, 2_147_483_647], beyond: [first - 1] };
    default:
      return { within: words.split(', '), beyond: ['', words, words.toUpperCase()] };
  }
};

describe.each(Object.entries(limitedInputs))('%s', (_name, schema) => {
  const { within, beyond } = valuesFor(limitOf(schema));

  test('accepts what its limit in words allows', () => {
    for (const value of within) expect(schema.safeParse(value).success).toBe(true);
  });

  test('refuses what its limit in words excludes', () => {
    for (const value of beyond) expect(schema.safeParse(value).success).toBe(false);
  });
});

test('a list without limits of its items states its length only', () => {
  expect(limitOf(list('displayNames', limitedInputs.displayName.nullable()))).toBe(listLimit);
});

test('a schema without a limit cannot be described', () => {
  expect(() => limitOf(limitedInputs.displayName.nullable())).toThrow(TypeError);
});

/** The descriptions of all input fields and arguments, by their path in the schema. */
const inputsOf = (schema: GraphQLSchema) =>
  Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__')) return [];
    if (isInputObjectType(type)) {
      return Object.values(type.getFields()).map((field) => ({ path: type.name, ...field }));
    }
    if (!isObjectType(type)) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      field.args.map((argument) => ({ path: `${type.name}.${field.name}`, ...argument })),
    );
  });
const inputs = inputsOf(createSchema(platforms));
const config = parseConfig({});

/** Inputs whose numbers are no limits, or are those of pages, QR codes or followed tokens. */
const others: Readonly<Record<string, string>> = {
  idempotencyKey: '24 hours',
  first: `0 to ${config.maxPageSize}. Default: 20`,
  last: `0 to ${config.maxPageSize}`,
  ids: limitOf(followedIds),
  size: `${qrCodeSides.smallest} to ${qrCodeSides.largest}`,
};

const limits: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(limitedInputs).map(([name, schema]) => [name, limitOf(schema)]),
  ),
  ...Object.fromEntries(
    ['policyAssignments', 'profileIds', 'applications'].map((name) => [name, listLimit]),
  ),
};

const described = inputs.filter(({ path }) => !path.startsWith('EnrollmentTokenFilter'));

test.each(
  described.filter(({ name }) => name in limits),
)('the description of $path.$name has the words of its schema', ({ name, description }) => {
  expect(description).toContain(limits[name]);
});

test('no other input description states a number', () => {
  const stated = described.flatMap(({ path, name, description }) => {
    const rest = [limits[name], others[name]].reduce<string>(
      (text, words) => (words === undefined ? text : text.replace(words, '')),
      (description ?? '').replace(/; 0 (?:is|and null mean) the root segment/, ''),
    );
    return /\d/.test(rest) ? [`${path}.${name}: ${rest}`] : [];
  });
  expect(stated).toEqual([]);
});

test.each([
  ['first', 50, '0 to 50. Default: 20'],
  ['last', 50, '0 to 50'],
  ['first', 10, '0 to 10. Default: 10'],
])('the description of %s names the largest page size of the configuration, %i', (name, largest, words) => {
  const found = inputsOf(createSchema(platforms, largest)).filter((input) => input.name === name);
  expect(found.length).toBeGreaterThan(0);
  for (const { description } of found) expect(description).toContain(words);
});
