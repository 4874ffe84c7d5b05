import { z } from 'zod';
import { transform } from 'zod/mini';
import type { ListPage } from '../domain/list.ts';
import { digitsOrInteger, isObject, reportUnreadable } from './fields/fields.ts';

/** Reports that the API answered something that its documents do not mention. Each kind is counted, and logged once. */
export type OnSurprise = (kind: string) => void;

const failureSchema = z.object({
  status: z.unknown().optional(),
  error: z.object({ code: digitsOrInteger }).nullable().catch(null),
});

/** Whether a body with an HTTP status of success is a success: its `status` is not false (CONTRACT 7, reading 28). */
export const isSuccess = (body: unknown): boolean => !isObject(body) || body['status'] !== false;

/** Reads a failure's body: whether it is the API's envelope, and its code. */
export const readFailure = (
  body: unknown,
): { readonly isEnvelope: boolean; readonly code: number | null } => {
  const parsed = failureSchema.safeParse(body);
  if (!parsed.success) return { isEnvelope: false, code: null };
  const { status, error } = parsed.data;
  return { isEnvelope: status === false || error !== null, code: error?.code ?? null };
};

/** Returns the payload of a success: `data`, or the whole body if the API left the envelope out. */
export const readData = (body: unknown): unknown =>
  isObject(body) && Object.hasOwn(body, 'data') ? body['data'] : body;

const flagsSchema = z.object({
  limit: digitsOrInteger,
  page: digitsOrInteger,
  totalDocs: digitsOrInteger,
  hasNextPage: z.unknown().optional(),
});

/** The content of one answer of a list. */
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

const hasMore = (
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

/** Reads the answers of one page-numbered list. An item that the schema refuses is null, so that indexes do not change. */
export interface ListFormat<Item> {
  /** Accepts the wrappings that the API uses: `{items}` with or without page flags, `{data: {items}}`, and a bare list. */
  readonly schema: z.core.$ZodType<ListAnswer<Item | null>>;
  readonly toPage: (
    answer: ListAnswer<Item | null>,
    asked: { readonly page: number; readonly limit: number },
  ) => ListPage<Item>;
}

/** Creates the format of a list. Create it once for a list: creating zod schemas takes longer than using them. */
export const createListFormat = <Item>(
  itemSchema: z.ZodType<Item>,
  onSurprise: OnSurprise,
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
    return { items, limit, totalCount, hasNextPage: hasMore(answer, asked, limit) };
  },
});

/** Wraps a schema, so that it reports the fields of an answer that it cannot read. */
export const createReportingSchema = <Value>(
  schema: z.ZodType<Value>,
  onSurprise: OnSurprise,
): z.core.$ZodType<Value> =>
  transform((data, payload) => {
    const parsed = reportUnreadable(onSurprise, () => schema.safeParse(data));
    if (parsed.success) return parsed.data;
    for (const { path } of parsed.error.issues) {
      payload.issues.push({ code: 'custom', message: 'not readable', path, input: data });
    }
    return z.NEVER;
  });

/** Maps the items of a page. Items that could not be read stay null. */
export const mapPage = <From, To>(page: ListPage<From>, map: (item: From) => To): ListPage<To> => ({
  ...page,
  items: page.items.map((item) => (item === null ? null : map(item))),
});
