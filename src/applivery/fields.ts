import { z } from 'zod';
import { transform } from 'zod/mini';

/*
 * Parsers for single fields of what the API sends. Each takes anything, an absent key too, and answers null where the
 * value is not what it should be: an odd field must not cost its item (CONTRACT section 7). The transform is that of
 * zod's small form: the other makes a function for each value, to report issues by; a page has thousands of values, and
 * what such a function reaches outlives all but full collections.
 */

type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: no list, and not null. */
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const toText = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null;

/** GraphQL's Int has 32 bits, and no whole number of the API is meant to have more. */
const largestInteger = 2_147_483_647;

const toInteger = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= largestInteger
    ? value
    : null;

const toEntityId = (value: unknown): string | null =>
  typeof value === 'string' && /^[a-f\d]{24}$/i.test(value) ? value.toLowerCase() : null;

const timestampForm =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/;

/** What needs no change, but for the last days of a month: making a date of every text costs a page most of its time. */
const canonicalForm =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** ISO 8601 in UTC with milliseconds; white space anywhere inside is ignored, a time without a zone is UTC. */
const toTimestamp = (value: unknown): string | null => {
  if (typeof value !== 'string') return null;
  if (canonicalForm.test(value)) return value;
  const text = value.replace(/\s+/g, '');
  const match = timestampForm.exec(text);
  if (match === null) return null;
  const zoneIsMissing = match[1] === undefined && text.includes('T');
  const time = Date.parse(zoneIsMissing ? `${text}Z` : text);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
};

/** A text; an empty one is null. */
export const lenientString = transform(toText);

/** A moment as ISO 8601 in UTC with milliseconds. */
export const lenientTimestamp = transform(toTimestamp);

/** A whole number. */
export const lenientInteger = transform(toInteger);

/** A whole number, or its digits as a text: the API documents the one, and its examples print the other. */
export const digitsOrInteger = transform((value: unknown): number | null =>
  toInteger(typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
);

export const lenientBoolean = transform((value: unknown): boolean | null =>
  typeof value === 'boolean' ? value : null,
);

/** The texts of a list; entries that are none are left out. */
export const lenientStringList = transform((value: unknown): readonly string[] | null =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : null,
);

/** The entries of a list that a schema can read; no list at all is an empty one. */
export const lenientList = <Item>(item: z.core.$ZodType<Item>) =>
  transform((value: unknown): readonly Item[] => {
    if (!Array.isArray(value)) return [];
    return value.flatMap((entry) => {
      const parsed = z.safeParse(item, entry);
      return parsed.success ? [parsed.data] : [];
    });
  });

/** An object that a schema can read. */
export const lenientObject = <Value>(schema: z.core.$ZodType<Value>) =>
  transform((value: unknown): Value | null => {
    if (!isObject(value)) return null;
    const parsed = z.safeParse(schema, value);
    return parsed.success ? parsed.data : null;
  });

/** An id, or an object that holds one under `id`: fields without the suffix `Id` may be filled in. */
export const entityReference = transform((value: unknown): string | null =>
  toEntityId(isObject(value) ? value['id'] : value),
);

/** An e-mail address by its rough form; the documents' own examples hold masked ones. */
export const lenientEmail = transform((value: unknown): string | null =>
  typeof value === 'string' && /^[^\s@]+@[^\s@]+$/.test(value) ? value : null,
);

/** 24 hexadecimal digits, in lower case. */
export const entityId = transform(toEntityId);

/** What every id of an item looks like. The documents' examples hold ids of no form; paths are stricter. */
export const itemIdForm = /^[\w-]{1,128}$/;

/** The id of an item, which it cannot do without. */
export const itemId = z.string().regex(itemIdForm);
