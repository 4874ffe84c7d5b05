import type { z } from 'zod';
import type { ListPage } from '../domain/list.ts';
import type { Operation } from '../domain/operation.ts';
import type { UpstreamRequest } from '../rest/request.ts';
import type { Transport } from '../rest/transport.ts';
import { createListFormat, type OnSurprise } from './envelope.ts';

/** Requests one page of a list and reads the answer: one upstream call. Throws the errors of Transport.exchange. */
export type ReadListPage<Item> = (
  operation: Operation,
  request: UpstreamRequest,
  asked: { readonly page: number; readonly limit: number },
) => Promise<ListPage<Item>>;

/** Creates the reader of one list. Create it once for a list, as its format. */
export const createListEndpoint = <Item>(
  transport: Transport,
  itemSchema: z.ZodType<Item>,
  onSurprise: OnSurprise,
): ReadListPage<Item> => {
  const { schema, toPage } = createListFormat(itemSchema, onSurprise);
  return async (operation, request, asked) =>
    toPage(await transport.exchange(operation, request, schema), asked);
};
