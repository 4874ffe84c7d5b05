import { expect } from 'vitest';

type Variables = Readonly<Record<string, unknown>>;

/** Maps values printed in the documentation to the values of this run. Some values differ in each run. */
export interface PrintedValues {
  /** Converts a printed answer to an expectation: each date matches any date, and `…` matches any text. */
  readonly toExpectation: (printed: unknown) => unknown;
  /** Remembers the actual value of each printed text that contains `…`. */
  readonly learn: (printed: unknown, answered: unknown) => void;
  /** Replaces each printed text that contains `…` with its last actual value, and each date with the current time. */
  readonly resolve: (printed: Variables) => Variables;
}

const isDate = (text: unknown): boolean =>
  typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text);

const escapeForRegExp = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const mapValues = (value: unknown, map: (leaf: unknown) => unknown): unknown => {
  if (Array.isArray(value)) return value.map((item: unknown) => mapValues(item, map));
  if (!isRecord(value)) return map(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, mapValues(field, map)]),
  );
};

const toExpectation = (printed: unknown): unknown =>
  mapValues(printed, (leaf) => {
    if (typeof leaf !== 'string') return leaf;
    if (isDate(leaf)) return expect.toSatisfy(isDate);
    if (!leaf.includes('…')) return leaf;
    return expect.stringMatching(
      new RegExp(`^${leaf.split('…').map(escapeForRegExp).join('.+')}$`, 's'),
    );
  });

export const createPrintedValues = (): PrintedValues => {
  const known = new Map<string, unknown>();
  const learn = (printed: unknown, answered: unknown): void => {
    if (typeof printed === 'string' && printed.includes('…')) known.set(printed, answered);
    if (!isRecord(printed) || !isRecord(answered)) return;
    for (const [name, value] of Object.entries(printed)) learn(value, answered[name]);
  };
  const resolveLeaf = (leaf: unknown): unknown => {
    if (isDate(leaf)) return new Date().toISOString();
    if (typeof leaf !== 'string' || !leaf.includes('…')) return leaf;
    if (!known.has(leaf)) throw new Error(`No earlier answer contains the printed text ${leaf}.`);
    return known.get(leaf);
  };
  return {
    toExpectation,
    learn,
    resolve: (printed) =>
      Object.fromEntries(
        Object.entries(printed).map(([name, value]) => [name, mapValues(value, resolveLeaf)]),
      ),
  };
};
