/** A run of offsets. `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The number of one page of a list. `page` counts from 1; the page holds the offsets from (page - 1) * limit on. */
export interface PageNumber {
  readonly page: number;
  readonly limit: number;
}

/** The offsets that a page holds. */
export const pageSpan = ({ page, limit }: PageNumber): Span => ({
  start: (page - 1) * limit,
  end: page * limit,
});

/**
 * Finds the smallest page that holds a whole span. On average its limit is 1.1 times a span of 100 items and
 * 1.4 times a span of a few. For spans of 15 or more and offsets below 200,000 it is at most 2.5 times the span. Returns null if no page of at most `maxLimit` items holds the span.
 */
export const alignSpan = ({ start, end }: Span, maxLimit: number): PageNumber | null => {
  for (let limit = Math.max(1, end - start); limit <= maxLimit; limit += 1) {
    const index = Math.floor(start / limit);
    if (end <= (index + 1) * limit) return { page: index + 1, limit };
  }
  return null;
};

/** Among the pages that hold an offset, finds the one that reaches farthest from it, up or down the list. */
export const reachFrom = (offset: number, towards: 'up' | 'down', maxLimit: number): PageNumber => {
  let best: PageNumber = { page: offset + 1, limit: 1 };
  let bestReach = 0;
  for (let limit = maxLimit; limit > bestReach; limit -= 1) {
    const index = Math.floor(offset / limit);
    const below = offset - index * limit;
    const reach = towards === 'up' ? limit - below : below + 1;
    if (reach > bestReach) {
      best = { page: index + 1, limit };
      bestReach = reach;
    }
  }
  return best;
};
