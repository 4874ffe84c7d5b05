import { z } from 'zod';
import { transform } from 'zod/mini';
import type { ListPage } from '../domain/list.ts';
import { digitsOrInteger, isObject, reportUnreadable } from './fields/fields.ts';

/** What the API did that its documents do not say, by kind; counted and logged once each. */
export type OnSurprise = (kind: string) => void;

const failureSchema = z.object({
  status: z.unknown().optional(),
  error: z.object({ code: digitsOrInteger }).nullable().catch(null),
});

/** Whether a body under a status of success is one: `status` is not false (CONTRACT 7, reading 28). */
export const isSuccess = (body: unknown): boolean => !isObject(body) || body['status'] !== false;

/** What a body says of a failure: whether it is the API's envelope at all, and its code. */
export const readFailure = (
  body: unknown,
): { readonly isEnvelope: boolean; readonly code: number | null } => {
  const parsed = failureSchema.safeParse(body);
  if (!parsed.success) return { isEnvelope: false, code: null };
  const { status, error } = parsed.data;
  return { isEnvelope: status === false || error !== null, code: error?.code ?? null };
};

/** The payload of a success: `data`, or the whole body where the API left the wrapping out. */
export const readData = (body: unknown): unknown =>
  isObject(body) && Object.hasOwn(body, 'data') ? body['data'] : body;

const flagsSchema = z.object({
  limit: digitsOrInteger,
  page: digitsOrInteger,
  totalDocs: digitsOrInteger,
  hasNextPage: z.unknown().optional(),
});

/** What an answer of a list holds. */
interface ListAnswer<Item> {
  readonly items: readonly Item[];
  readonly flags: z.infer<typeof flagsSchema>;
}

const unwrap = (data: unknown): ListAnswer<unknown> | null => {
  if (Array.isArray(data)) return { items: data, flags: flagsSchema.parse({}) };
  if (!isObject(data)) return null;
  const items = data['items'];
  return Array.isArray(items) ? { items, flags: flagsSchema.parse(data) } : unwrap(data['data']);
};

const moreFollows = (
  { items, flags }: ListAnswer<unknown>,
  asked: { readonly page: number },
  limit: number,
): boolean => {
  if (typeof flags.hasNextPage === 'boolean') return flags.hasNextPage;
  if (flags.totalDocs !== null) return asked.page * limit < flags.totalDocs;
  return items.length >= limit;
};

const readItems = <Item>(
  items: readonly unknown[],
  schema: z.ZodType<Item>,
  onSurprise: OnSurprise,
): readonly (Item | null)[] =>
  items.map((item) => {
    const parsed = reportUnreadable(onSurprise, () => schema.safeParse(item));
    if (parsed.success) return parsed.data;
    onSurprise(item === null ? 'null-item' : 'unreadable-item');
    return null;
  });

/** Reads the answers of one page-numbered list, positions kept: an item that its schema refuses is null. */
export interface ListFormat<Item> {
  /**
   * Takes the wrappings that the API is known to use: `{items}` with or without page flags, `{data: {items}}`, a bare
   * list.
   */
  readonly schema: z.core.$ZodType<ListAnswer<Item | null>>;
  readonly toPage: (
    answer: ListAnswer<Item | null>,
    asked: { readonly page: number; readonly limit: number },
  ) => ListPage<Item>;
}

/** Make it once for a list: zod's schemas cost more to make than to use. */
export const createListFormat = <Item>(
  itemSchema: z.ZodType<Item>,
  onSurprise: OnSurprise = () => {},
): ListFormat<Item> => ({
  schema: transform((data, payload) => {
    const answer = unwrap(data);
    if (answer !== null)
      return { ...answer, items: readItems(answer.items, itemSchema, onSurprise) };
    payload.issues.push({
      code: 'custom',
      message: 'expected a list of items',
      path: isObject(data) ? ['items'] : [],
      input: data,
    });
    return z.NEVER;
  }),
  toPage: (answer, asked) => {
    const { items, flags } = answer;
    const limit = flags.limit !== null && flags.limit > 0 ? flags.limit : asked.limit;
    if (limit !== asked.limit) onSurprise('other-limit');
    if (flags.page !== null && flags.page !== asked.page) onSurprise('other-page');
    if (items.length > limit) onSurprise('more-items-than-limit');
    const totalCount = flags.totalDocs !== null && flags.totalDocs >= 0 ? flags.totalDocs : null;
    return { items, limit, totalCount, hasNextPage: moreFollows(answer, asked, limit) };
  },
});

/** The same schema, which tells of the fields of an answer that it could not read. */
export const createReportingSchema = <Value>(
  schema: z.ZodType<Value>,
  onSurprise: OnSurprise = () => {},
): z.core.$ZodType<Value> =>
  transform((data, payload) => {
    const parsed = reportUnreadable(onSurprise, () => schema.safeParse(data));
    if (parsed.success) return parsed.data;
    for (const { path } of parsed.error.issues) {
      payload.issues.push({ code: 'custom', message: 'not readable', path, input: data });
    }
    return z.NEVER;
  });

/** The same page with each item that could be read turned into another. */
export const mapPage = <From, To>(page: ListPage<From>, map: (item: From) => To): ListPage<To> => ({
  ...page,
  items: page.items.map((item) => (item === null ? null : map(item))),
});
