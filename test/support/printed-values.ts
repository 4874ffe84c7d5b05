import { expect } from 'vitest';

type Variables = Readonly<Record<string, unknown>>;

/** What a page prints of values that differ from run to run, and what they were in this one. */
export interface PrintedValues {
  /** A printed answer as an expectation: dates move with the clock, and … stands for what is left out. */
  readonly toExpectation: (printed: unknown) => unknown;
  /** Remembers what was answered where the page has a text with `…`. */
  readonly learn: (printed: unknown, answered: unknown) => void;
  /** Printed variables with the last answered values in place of texts with `…`, and now in place of dates. */
  readonly resolve: (printed: Variables) => Variables;
}

const isDate = (text: unknown): boolean =>
  typeof text === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text);

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

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
    return expect.stringMatching(new RegExp(`^${leaf.split('…').map(escaped).join('.+')}$`, 's'));
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
    if (!known.has(leaf)) throw new Error(`No answer above has printed ${leaf}.`);
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
