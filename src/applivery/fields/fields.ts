import { z } from 'zod';
import { transform } from 'zod/mini';

/*
 * Parsers for single fields of the API's answers. Each accepts any value, and an absent key, and returns null if the value
 * cannot be read, so that one invalid field does not make its item unreadable (CONTRACT section 7). They use the transform
 * of zod/mini: that of zod creates a function for each value to report issues, a page has thousands of values, and only a
 * full garbage collection frees what those functions reference.
 */

type Fields = Readonly<Record<string, unknown>>;

/** The kind of a field that was sent and could not be read. The set is closed, since it labels a metric. */
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

/** Set while `reportUnreadable` runs. Parsing is synchronous, so it belongs to one reading only. */
let onUnreadable: ((kind: UnreadableField) => void) | null = null;

/** Runs `read`, and reports each field that it finds unreadable. `read` must be synchronous. */
export const reportUnreadable = <Result>(
  report: (kind: UnreadableField) => void,
  read: () => Result,
): Result => {
  const before = onUnreadable;
  onUnreadable = report;
  try {
    return read();
  } finally {
    onUnreadable = before;
  }
};

/** Returns null, and reports the field if a value was sent. */
export const unreadable = (kind: UnreadableField, value: unknown): null => {
  if (value !== undefined && value !== null) onUnreadable?.(kind);
  return null;
};

/** Whether a value is a JSON object, and neither a list nor null. */
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toText = (value: unknown): string | null =>
  typeof value === 'string' ? value || null : unreadable('unreadable-text', value);

/** GraphQL's Int has 32 bits. No documented number of the API is larger. */
const largestInteger = 2_147_483_647;

const toInteger = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= largestInteger
    ? value
    : null;

const timestampForm =
  /^(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/**
 * Timestamps that need no conversion. Days after the 28th are left out, since they may not exist. Most timestamps match,
 * and converting all of them would take most of the time of a page.
 */
const canonicalForm =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Converts to ISO 8601 in UTC with milliseconds. White space inside is ignored. A time without a zone is UTC. */
const parseTimestamp = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  if (canonicalForm.test(value)) return value;
  const text = value.replace(/\s+/g, '');
  const match = timestampForm.exec(text);
  if (match === null) return null;
  // Date.parse reads 30 February as 2 March.
  const daysInMonth = new Date(Date.UTC(Number(match[1]), Number(match[2]), 0)).getUTCDate();
  if (Number(match[3]) > daysInMonth) return null;
  const zoneIsMissing = match[4] === undefined && text.includes('T');
  const time = Date.parse(zoneIsMissing ? `${text}Z` : text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
};

const toTimestamp = (value: unknown): string | null =>
  parseTimestamp(value) ?? unreadable('unreadable-date', value);

/** A text. An empty one is null. */
export const lenientString = transform(toText);

/** A timestamp as ISO 8601 in UTC with milliseconds. */
export const lenientTimestamp = transform(toTimestamp);

/** A timestamp of an expiry. Null means that there is none, undefined that one was sent and cannot be read. */
export const expiryTimestamp = transform((value: unknown): string | null | undefined =>
  value === undefined || value === null ? null : (toTimestamp(value) ?? undefined),
);

/** A whole number. */
export const lenientInteger = transform(
  (value: unknown): number | null => toInteger(value) ?? unreadable('unreadable-number', value),
);

const toWholeNumber = (value: unknown): number | null =>
  toInteger(typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value);

/** A whole number, or a text of digits. */
export const digitsOrInteger = transform(
  (value: unknown): number | null => toWholeNumber(value) ?? unreadable('unreadable-number', value),
);

/** A segment, 0 or more. Documented as an integer, printed as a text of digits (CONTRACT 7, row 2). */
export const segmentNumber = transform((value: unknown): number | null => {
  const segment = toWholeNumber(value);
  return segment !== null && segment >= 0 ? segment : unreadable('unreadable-segment', value);
});

/** A boolean. */
export const lenientBoolean = transform((value: unknown): boolean | null =>
  typeof value === 'boolean' ? value : unreadable('unreadable-boolean', value),
);

/** The texts of a list. Other entries are left out. */
export const lenientStringList = transform((value: unknown): readonly string[] | null =>
  Array.isArray(value)
    ? value.filter((entry) => typeof entry === 'string' || unreadable('unreadable-text', entry))
    : unreadable('unreadable-list', value),
);

const nested = new WeakMap<object, z.core.$ZodType>();

/** The schema of the objects in a field, if the field holds objects. A copy of a field has that of the field. */
export const nestedSchema = (field: z.core.$ZodType): z.core.$ZodType | undefined =>
  nested.get(field._zod.parent ?? field);

/** Creates a field that reads objects with another schema, so that nestedSchema finds that schema. */
export const nesting = <From, Value>(inner: z.core.$ZodType, read: (value: From) => Value) => {
  const field = transform(read);
  nested.set(field, inner);
  return field;
};

/** The entries of a list that a schema can read. Any other value is an empty list. */
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

/** An e-mail address. The check is rough, since the documents' examples hold masked addresses. */
export const lenientEmail = transform((value: unknown): string | null =>
  typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value)
    ? value
    : unreadable('unreadable-email', value === '' ? null : value),
);

/** The form of an item's id. It is wider than that of ids in paths, since the documents' examples hold such ids. */
export const itemIdForm = /^[\w-]{1,128}$/;

/** The id of an item. An item without a valid one is unreadable. */
export const itemId = z.string().regex(itemIdForm);
