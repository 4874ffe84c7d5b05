import { type FragmentOf, readFragment } from 'gql.tada';
import type { Filter } from '../filter-bar.tsx';
import type { Order } from '../order-select.tsx';
import { tokenRow } from '../token-row.tsx';
import { isOlder, type KnownChange, type LiveState, type LiveToken, markMs } from './live.ts';

/** Why a row is marked. A row that leaves is shown for a moment, so that people see what happened to it. */
export type Mark = 'new' | 'changed' | 'leaving';

export interface Row {
  readonly token: LiveToken;
  readonly mark: Mark | null;
  /** Another value for each change of the token. */
  readonly version: number;
}

/** A loaded page, as far as it matters here. */
export interface LoadedPage {
  readonly nodes: readonly LiveToken[];
  readonly totalCount: number | null;
  readonly pageInfo: { readonly hasNextPage: boolean };
  readonly askedAt: number;
}

export interface Rows {
  readonly rows: readonly Row[];
  readonly totalCount: number | null;
  /** False: tokens have changed that are not in the loaded pages, and it is unknown whether they matched before. */
  readonly isExact: boolean;
}

const read = (token: FragmentOf<typeof tokenRow>) => readFragment(tokenRow, token);

/** Returns whether the gateway lists the token with this filter. */
const matches = (token: LiveToken, filter: Filter): boolean => {
  const { platform, state } = read(token);
  if (filter.platform !== null && filter.platform !== platform) return false;
  return filter.states.length > 0 ? filter.states.includes(state) : state !== 'DELETED';
};

const keyOf = (token: LiveToken, { field }: Order): string | null => {
  const { createdAt, updatedAt, expiresAt, displayName, state } = read(token);
  switch (field) {
    case 'CREATED_AT':
      return createdAt;
    case 'UPDATED_AT':
      return updatedAt;
    case 'EXPIRES_AT':
      return expiresAt;
    case 'DISPLAY_NAME':
      return displayName;
    case 'STATE':
      return state;
  }
};

const compareTexts = (left: string | null, right: string | null): number => {
  if (left === right) return 0;
  if (left === null) return -1;
  return right === null || left > right ? 1 : -1;
};

/** The order of the gateway: by key, null first, then platform, then id; or the exact reverse. For names it is an approximation. */
const compareTokens = (left: LiveToken, right: LiveToken, order: Order): number => {
  const ascending =
    compareTexts(keyOf(left, order), keyOf(right, order)) ||
    compareTexts(read(left).platform, read(right).platform) ||
    compareTexts(read(left).sourceId, read(right).sourceId);
  return order.direction === 'ASC' ? ascending : -ascending;
};

/** Each token of the pages once, in its newest version, with the page that it came with. */
const tokensOf = (pages: readonly LoadedPage[]) => {
  const found = new Map<string, { readonly token: LiveToken; readonly page: LoadedPage }>();
  for (const page of pages) {
    for (const token of page.nodes) {
      const other = found.get(token.id);
      // Outside the default order, a token that changes meanwhile can come twice.
      if (other && !isOlder(other.token, token)) continue;
      // The place is that of the newest version.
      found.delete(token.id);
      found.set(token.id, { token, page });
    }
  }
  return found;
};

/**
 * Applies the changes to the pages of a list. A page can have been loaded before a change or after it: the newer version
 * of each token counts. Tokens enter where they belong, if that is within the loaded pages.
 */
export const mergeRows = (
  pages: readonly LoadedPage[],
  { changes, now }: LiveState,
  filter: Filter,
  order: Order,
): Rows => {
  const [firstPage] = pages;
  const lastPage = pages.at(-1);
  if (!firstPage || !lastPage) return { rows: [], totalCount: null, isExact: true };
  const listed = tokensOf(pages);
  const lastToken = [...listed.values()].at(-1)?.token;
  const isWhole = !lastPage.pageInfo.hasNextPage;
  const isWithin = (token: LiveToken) =>
    isWhole || (lastToken !== undefined && compareTokens(token, lastToken, order) < 0);
  const isRecent = ({ arrivedAt }: KnownChange) => now - arrivedAt < markMs;
  const rows: Row[] = [];
  const entering: Row[] = [];

  for (const { token } of listed.values()) {
    const change = changes.get(token.id);
    if (!change || !isOlder(token, change.token)) {
      rows.push({ token, mark: null, version: 0 });
      continue;
    }
    const row = { token: change.token, version: change.arrivedAt };
    const mark = isRecent(change) ? 'changed' : null;
    const isListed = matches(change.token, filter);
    const isInPlace = keyOf(token, order) === keyOf(change.token, order);
    if (isListed && isInPlace) rows.push({ ...row, mark });
    else if (isListed && isWithin(change.token)) entering.push({ ...row, mark });
    else if (mark) rows.push({ ...row, mark: 'leaving' });
  }

  let difference = 0;
  let isExact = true;
  for (const change of changes.values()) {
    const { token, previous, arrivedAt, createdAt } = change;
    const isListed = matches(token, filter);
    const known = listed.get(token.id);
    const mark = isRecent(change) ? (change.isNew ? 'new' : 'changed') : null;
    const isHere = isListed && isWithin(token);
    const row = { token, version: arrivedAt };
    if (!known && isHere) entering.push({ ...row, mark });
    else if (!known && mark && previous && matches(previous, filter) && isWithin(previous)) {
      entering.push({ ...row, mark: 'leaving' });
    }
    if (filter.platform !== null && filter.platform !== read(token).platform) continue;
    // The total is that of the first page, which can have this version already.
    const isCounted = known?.page === firstPage && !isOlder(known.token, token);
    if (isCounted || arrivedAt <= firstPage.askedAt) continue;
    let wasListed: boolean | null = filter.states.length === 0 ? true : null;
    if (createdAt !== null && createdAt > firstPage.askedAt) wasListed = false;
    else if (known && known.page.askedAt <= arrivedAt) wasListed = true;
    else if (!known && isHere) wasListed = false;
    if (wasListed === null) isExact = false;
    else difference += Number(isListed) - Number(wasListed);
  }

  for (const row of entering) {
    const place = rows.findIndex(({ token }) => compareTokens(row.token, token, order) < 0);
    rows.splice(place < 0 ? rows.length : place, 0, row);
  }
  const count = rows.filter(({ mark }) => mark !== 'leaving').length;
  const { totalCount } = firstPage;
  return {
    rows,
    totalCount:
      totalCount === null ? null : isWhole ? count : Math.max(totalCount + difference, count),
    isExact: isExact || isWhole,
  };
};
