import { buildSchema, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { findReadField } from '../../../src/server/auth/read-scope.ts';

// Has what the gateway's own schema does not: a union, and names that are open in one type only.
const schema = buildSchema(`
  type Query { token: EnrollmentToken }
  type Mutation { create(input: Int): CreatePayload }
  type CreatePayload { enrollmentToken: EnrollmentToken userErrors: [MdmError!] total: Int any: Any }
  interface MdmError { code: String detail: String }
  type MdmOtherError implements MdmError { code: String detail: String retryAfterSeconds: Int }
  type EnrollmentToken { id: ID total: Int }
  union Any = EnrollmentToken | MdmOtherError
`);

const find = (text: string, variables: Readonly<Record<string, unknown>> = {}) => {
  const document = parse(text);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return expect.unreachable();
  return findReadField({ schema, document, operation, variables })?.coordinate ?? null;
};

describe('the read scope', () => {
  it.each<[string, string, string | null]>([
    ['what every mutation answers', '{ total enrollmentToken { id } }', null],
    [
      'a field that is open in answers only',
      '{ enrollmentToken { total } }',
      'EnrollmentToken.total',
    ],
    ['a field of a union', '{ any { id } }', 'CreatePayload.any'],
    ['a field of an interface', '{ userErrors { code detail } }', 'MdmError.detail'],
    [
      'a field that its type has beside those of the interface',
      '{ userErrors { ... on MdmOtherError { code retryAfterSeconds } } }',
      'MdmOtherError.retryAfterSeconds',
    ],
  ])('for %s', (_what, selection, needed) => {
    expect(find(`mutation { create ${selection} }`)).toBe(needed);
  });

  it('is needed for what a document that is not valid selects of a union', () => {
    const spread = 'mutation { create { ...A } } fragment A on Any { __typename id }';
    expect(find(spread)).toBe('Any.id');
  });

  it('is not needed for a mutation that there is none of', () => {
    expect(find('mutation { destroy { id } create { total } }')).toBeNull();
  });

  it('is looked for in a fragment once, however often it is spread', () => {
    const levels = Array.from(
      { length: 8 },
      (_, level) => `fragment F${level} on CreatePayload { ...F${level + 1} ...F${level + 1} }`,
    );
    const document = parse(
      `mutation { create { ...F0 } } ${levels.join(' ')} fragment F8 on CreatePayload { total }`,
    );
    const [operation] = document.definitions;
    const last = document.definitions.at(-1);
    if (operation?.kind !== Kind.OPERATION_DEFINITION) return expect.unreachable();
    if (last?.kind !== Kind.FRAGMENT_DEFINITION) return expect.unreachable();
    const { selectionSet } = last;
    let looks = 0;
    Object.defineProperty(last, 'selectionSet', {
      get: () => {
        looks += 1;
        return selectionSet;
      },
    });
    expect(findReadField({ schema, document, operation, variables: {} })).toBeNull();
    expect(looks).toBe(1);
  });
});
