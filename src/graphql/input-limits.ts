import { z } from 'zod';
import { longestEmail } from '../domain/mdm-user.ts';

/*
 * The limits of inputs. Each is stated here once, in the schema that checks it; descriptions take its words from the
 * schema. They are those of the REST API (CONTRACT 3.2 and 4.2), except that the gateway itself limits the lengths of
 * lists and of the text of the e-mail.
 */

/** The limit of a schema of this file in words, e.g. `at most 128 characters`, for the input's description. */
export const limitOf = ({ description }: z.ZodType): string => {
  if (description === undefined) throw new TypeError('This schema has no limit.');
  return description;
};

/** The sizes of pages. The configuration gives the largest one, whose default is that of MAX_PAGE_SIZE. */
export const pageSizesFor = (maxPageSize = 100) => ({
  defaultPageSize: Math.min(20, maxPageSize),
  maxPageSize,
});

const text = (name: string, longest: number) => {
  const limit = `at most ${longest} characters`;
  return z
    .string()
    .max(longest, { error: `${name} must be ${limit}.` })
    .describe(limit);
};

const longestList = 100;

/** The limit of every list in words. */
export const listLimit = `at most ${longestList}`;

/** A list of limited length. */
export const list = <Schema extends z.ZodType>(name: string, item: Schema) =>
  // Checks the length before the items: reading thousands of them takes longer than rejecting the list.
  z
    .array(z.unknown())
    .max(longestList, { error: `${name} must have ${listLimit} entries.` })
    .pipe(z.array(item))
    .describe([listLimit, ...(item.description ? [`each of ${item.description}`] : [])].join(', '));

/** A whole number. Without a maximum, the largest number is that of GraphQL's Int. */
const wholeNumber = (name: string, minimum: number, maximum?: number, unit = '') => {
  const limit = maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
  return z
    .number()
    .int()
    .refine((value) => value >= minimum && value <= (maximum ?? value), {
      error: ({ input }) => `${name} must be ${limit}${unit}; it is ${String(input)}.`,
    })
    .describe(limit);
};

const oneOf = <const Values extends readonly string[]>(name: string, values: Values) => {
  const limit = values.join(', ');
  return z.enum(values, { error: `${name} must be one of ${limit}.` }).describe(limit);
};

const longestKey = 255;
const keyLimit = `1 to ${longestKey} printable ASCII characters`;

/** The largest number of a priority, which is the lowest priority. */
export const maxPriority = 10_000;

/** Most addresses of one bulk create. */
export const maxAddresses = 1_000;

/** The schemas of the inputs with a limit, by the names of the fields and arguments. */
export const limitedInputs = {
  displayName: text('displayName', 128),
  tags: list('tags', text('A tag', 128)),
  priority: wholeNumber('priority', 0, maxPriority),
  segmentId: wholeNumber('segmentId', 0),
  durationSeconds: wholeNumber('durationSeconds', 60, 2_592_000, ' (a minute to 30 days)'),
  /** The languages that the REST API writes e-mails in. */
  language: oneOf('language', ['de', 'en', 'es', 'fr', 'it', 'pt', 'ru', 'zh']),
  emailText: text('emailText', 10_000),
  idempotencyKey: z
    .string()
    .regex(new RegExp(`^[\\x20-\\x7e]{1,${longestKey}}$`), {
      error: `idempotencyKey must be ${keyLimit}.`,
    })
    .describe(keyLimit),
  userEmails: z
    .array(z.string())
    .min(1, { error: 'userEmails must have at least one address.' })
    .max(maxAddresses, { error: `userEmails must have at most ${maxAddresses} addresses.` })
    .describe(`1 to ${maxAddresses} addresses`),
  /** The arguments of mdmUsers and mdmUser. */
  search: text('search', 128),
  email: text('email', longestEmail),
};

/** The tokens that a subscription follows. It is not in the table: another field has the same name and no limit of its own. */
export const followedIds = list('ids', z.string());
