import { z } from 'zod';
import { transform } from 'zod/mini';

/*
 * Parsers for single fields of what the API sends. Each takes anything, an absent key too, and answers null where the
 * value is not what it should be: an odd field must not cost its item (CONTRACT section 7). The transform is that of
 * zod's small form: the other makes a function for each value, to report issues by; a page has thousands of values, and
 * what such a function reaches outlives all but full collections.
 */

type Fields = Readonly<Record<string, unknown>>;

/** A class of fields whose value was sent and could not be read; the set is closed, as it labels a metric. */
export type UnreadableField =
  | 'unreadable-boolean'
  | 'unreadable-date'
  | 'unreadable-email'
  | 'unreadable-id'
  | 'unreadable-list'
  | 'unreadable-number'
  | 'unreadable-object'
  | 'unreadable-policy-assignment'
  | 'unreadable-segment'
  | 'unreadable-text'
  | 'unreadable-user';

/** Told of unreadable fields while `notingUnreadable` runs; parsing is synchronous, so that it is one reading's alone. */
let onUnreadable: ((kind: UnreadableField) => void) | null = null;

/** Reads something, and tells of each field in it that was sent and could not be read. `read` must be synchronous. */
export const reportUnreadable = <Result>(
  tell: (kind: UnreadableField) => void,
  read: () => Result,
): Result => {
  const before = onUnreadable;
  onUnreadable = tell;
  try {
    return read();
  } finally {
    onUnreadable = before;
  }
};

/** Null, and a word of it where a value was sent. */
export const unreadable = (kind: UnreadableField, value: unknown): null => {
  if (value !== undefined && value !== null) onUnreadable?.(kind);
  return null;
};

/** Whether a value is a JSON object: no list, and not null. */
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toText = (value: unknown): string | null =>
  typeof value === 'string' ? value || null : unreadable('unreadable-text', value);

/** GraphQL's Int has 32 bits, and no whole number of the API is meant to have more. */
const largestInteger = 2_147_483_647;

const toInteger = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= largestInteger
    ? value
    : null;

const toEntityId = (value: unknown): string | null =>
  typeof value === 'string' && /^[a-f\d]{24}$/i.test(value) ? value.toLowerCase() : null;

const timestampForm =
  /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** What needs no change, but for the last days of a month: making a date of every text costs a page most of its time. */
const canonicalForm =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** ISO 8601 in UTC with milliseconds; white space anywhere inside is ignored, a time without a zone is UTC. */
const parseTimestamp = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  if (canonicalForm.test(value)) return value;
  const text = value.replace(/\s+/g, '');
  const match = timestampForm.exec(text);
  if (match === null) return null;
  // Date.parse makes 2 March of 30 February.
  const daysInMonth = new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate();
  if (Number(match[3]) > daysInMonth) return null;
  const zoneIsMissing = match[4] === undefined && text.includes('T');
  const time = Date.parse(zoneIsMissing ? `${text}Z` : text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
};

const toTimestamp = (value: unknown): string | null =>
  parseTimestamp(value) ?? unreadable('unreadable-date', value);

/** A text; an empty one is null. */
export const lenientString = transform(toText);

/** A moment as ISO 8601 in UTC with milliseconds. */
export const lenientTimestamp = transform(toTimestamp);

/** A moment at which something ends. Undefined if one was sent and cannot be read: that is not the same as no end. */
export const expiryTimestamp = transform((value: unknown): string | null | undefined =>
  value === undefined || value === null ? null : (toTimestamp(value) ?? undefined),
);

/** A whole number. */
export const lenientInteger = transform(
  (value: unknown): number | null => toInteger(value) ?? unreadable('unreadable-number', value),
);

const toWholeNumber = (value: unknown): number | null =>
  toInteger(typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value);

/** A whole number, or its digits as a text. */
export const digitsOrInteger = transform(
  (value: unknown): number | null => toWholeNumber(value) ?? unreadable('unreadable-number', value),
);

/** A segment, 0 or more: documented as an integer and printed as its digits (CONTRACT 7, row 2). */
export const segmentNumber = transform((value: unknown): number | null => {
  const segment = toWholeNumber(value);
  return segment !== null && segment >= 0 ? segment : unreadable('unreadable-segment', value);
});

export const lenientBoolean = transform((value: unknown): boolean | null =>
  typeof value === 'boolean' ? value : unreadable('unreadable-boolean', value),
);

/** The texts of a list; entries that are none are left out. */
export const lenientStringList = transform((value: unknown): readonly string[] | null =>
  Array.isArray(value)
    ? value.filter((entry) => typeof entry === 'string' || unreadable('unreadable-text', entry))
    : unreadable('unreadable-list', value),
);

const nested = new WeakMap<object, z.core.$ZodType>();

/** The schema of what a field holds, for fields that hold objects. */
export const nestedSchema = (field: object): z.core.$ZodType | undefined => nested.get(field);

/** A transform whose result is made of what another schema reads. */
export const nesting = <Value>(inner: z.core.$ZodType, read: (value: unknown) => Value) => {
  const field = transform(read);
  nested.set(field, inner);
  return field;
};

/** The entries of a list that a schema can read; no list at all is an empty one. */
export const lenientList = <Item>(item: z.core.$ZodType<Item>) =>
  nesting(item, (value: unknown): readonly Item[] => {
    if (!Array.isArray(value)) return unreadable('unreadable-list', value) ?? [];
    return value.flatMap((entry) => {
      const parsed = z.safeParse(item, entry);
      return parsed.success ? [parsed.data] : (unreadable('unreadable-object', entry) ?? []);
    });
  });

/** An object that a schema can read. */
export const lenientObject = <Value>(schema: z.core.$ZodType<Value>) =>
  nesting(schema, (value: unknown): Value | null => {
    const parsed = isObject(value) ? z.safeParse(schema, value) : null;
    return parsed?.success ? parsed.data : unreadable('unreadable-object', value);
  });

/** An id, or an object that holds one under `id`: fields without the suffix `Id` may be filled in. */
export const entityReference = transform((value: unknown): string | null =>
  toEntityId(isObject(value) ? value['id'] : value),
);

/** An e-mail address by its rough form; the documents' own examples hold masked ones. */
export const lenientEmail = transform((value: unknown): string | null =>
  typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value)
    ? value
    : unreadable('unreadable-email', value === '' ? null : value),
);

/** 24 hexadecimal digits, in lower case. */
export const entityId = transform(toEntityId);

/** What every id of an item looks like. The documents' examples hold ids of no form; paths are stricter. */
export const itemIdForm = /^[\w-]{1,128}$/;

/** The id of an item, which it cannot do without. */
export const itemId = z.string().regex(itemIdForm);
