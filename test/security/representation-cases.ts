/** Values that no key field can have. `as` is the name in the catalogue. */
export const oddValues: readonly { readonly as: string; readonly value: unknown }[] = [
  { as: 'a number', value: 7 },
  { as: 'an object with a length', value: { length: 30_000_000 } },
  { as: 'an object with a toString', value: { toString: 'x', valueOf: 1 } },
  { as: 'an object with a constructor', value: { constructor: { name: 'x' }, __proto__: null } },
  { as: 'a list', value: ['x'] },
  { as: 'a list of 9,000 items', value: Array.from({ length: 9_000 }, () => 0) },
  { as: 'null', value: null },
  { as: 'true', value: true },
  { as: 'an empty text', value: '' },
  { as: 'a text of 100,000 characters', value: 'x'.repeat(100_000) },
];

export const keyFields = ['id', 'email', 'organizationId', '__typename'] as const;
