import { expect } from 'vitest';
import type { Loose } from '../loose.ts';

type Variables = Readonly<Record<string, unknown>>;

/**
 * Maps values printed in the documentation to the values of this run. In answers, `…` stands for any text, and
 * `<start + 1 h 38 min>` or `<now + 2 d>` for a time. In variables, `<now>` is the current time, and `<userId of Find>`
 * the field `userId` in the answer to the operation `Find`. `<key>` is a field of the last command's answer.
 */
export interface PrintedValues {
  /** Converts a printed answer to an expectation. Throws if it prints a calendar date. */
  readonly toExpectation: (printed: unknown) => unknown;
  /** Remembers the answer to an operation or a command. */
  readonly learn: (name: string, answered: unknown) => void;
  /** Replaces what stands in angle brackets. Throws if no answer, or more than one of its fields, has the value. */
  readonly resolve: (printed: Variables) => Variables;
}

/** The name under which the answer of the last command is remembered. */
export const lastCommand = '';

const minuteMs = 60_000;
const unitsMs = new Map([
  ['d', 1_440 * minuteMs],
  ['h', 60 * minuteMs],
  ['min', minuteMs],
]);
/** Printed times are whole minutes. The operations run some seconds after the start. */
const toleranceMs = 2 * minuteMs;

const datePattern = /\d{4}-\d\d-\d\dT\d\d:\d\d/;
const timePattern = /^<(now|start)(?: ([+-])((?: \d+ (?:d|h|min))+))?>$/;
const fieldPattern = /<([\w.]+)(?: of (\w+))?>/g;

/** The time that a text such as `<start + 1 h 38 min>` stands for, in milliseconds since 1970. */
const readTime = (printed: string, startMs: number): number | undefined => {
  const [, base, sign, amounts = ''] = timePattern.exec(printed) ?? [];
  if (base === undefined) return undefined;
  let offsetMs = 0;
  for (const [, count, unit = ''] of amounts.matchAll(/(\d+) (d|h|min)/g)) {
    offsetMs += Number(count) * (unitsMs.get(unit) ?? Number.NaN);
  }
  return (base === 'now' ? Date.now() : startMs) + (sign === '-' ? -offsetMs : offsetMs);
};

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

/** Every value in an answer with its path. Places in lists are not part of the path. */
const leavesOf = (value: unknown, path = ''): (readonly [path: string, leaf: Loose])[] => {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => leavesOf(item, path));
  if (!isRecord(value)) return [[path, value]];
  return Object.entries(value).flatMap(([name, field]) => leavesOf(field, `${path}.${name}`));
};

/** `startMs` is the time that the sandbox started, in milliseconds since 1970. */
export const createPrintedValues = (startMs: number): PrintedValues => {
  const answers = new Map<string, unknown>();

  const toExpectation = (printed: unknown): unknown =>
    mapValues(printed, (leaf) => {
      if (typeof leaf !== 'string') return leaf;
      if (datePattern.test(leaf))
        throw new Error(`Print ${leaf} as a time after <start> or <now>.`);
      const timeMs = readTime(leaf, startMs);
      if (timeMs !== undefined) {
        return expect.toSatisfy(
          (text: unknown) =>
            typeof text === 'string' && Math.abs(Date.parse(text) - timeMs) <= toleranceMs,
          leaf,
        );
      }
      if (!leaf.includes('…')) return leaf;
      return expect.stringMatching(
        new RegExp(`^${leaf.split('…').map(escapeForRegExp).join('.+')}$`, 's'),
      );
    });

  const find = (path: string, name: string): string => {
    const values = leavesOf(answers.get(name))
      .filter(([place]) => place.endsWith(`.${path}`))
      .map(([, leaf]) => String(leaf));
    const [value] = values;
    if (value === undefined || values.length > 1) {
      throw new Error(`${values.length} fields are <${path} of ${name || 'the last command'}>.`);
    }
    return value;
  };

  const resolveLeaf = (leaf: unknown): unknown => {
    if (typeof leaf !== 'string') return leaf;
    if (datePattern.test(leaf) || leaf.includes('…')) {
      throw new Error(`A reader cannot know the value of ${leaf}.`);
    }
    // As `date -u +%FT%TZ` prints it.
    if (leaf === '<now>') return `${new Date().toISOString().slice(0, 19)}Z`;
    return leaf.replace(fieldPattern, (_, path: string, name = lastCommand) => find(path, name));
  };

  return {
    toExpectation,
    learn: (name, answered) => answers.set(name, answered),
    resolve: (printed) =>
      Object.fromEntries(
        Object.entries(printed).map(([name, value]) => [name, mapValues(value, resolveLeaf)]),
      ),
  };
};
