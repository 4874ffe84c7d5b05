import { ContractBrokenError } from '../domain/errors.ts';
import type { ListPage } from '../domain/list.ts';
import type { FeedItem, FeedSource, FeedSurprise } from './feed.ts';
import type { Place } from './order.ts';
import { alignSpan, type PageNumber, pageSpan, reachFrom, type Span } from './span.ts';
import { isAlong, isShort, type Reading, turnSpan, type View, viewAnswer } from './view.ts';

// A clamp that is not told but guessed is taken to be no smaller: a few items may as well be a list's end.
const leastGuessedClamp = 16;
// Fewer items, or nearer ones, may be listed elsewhere because others came or went in between.
const leastRepeated = 10;
const leastApart = 50;

/** Reads spans of one source's list, as the API's own limits allow, and learns those limits on the way. */
export class ListReader<Node> {
  readonly reading: Reading;
  /** The largest limit to ask for. */
  maxLimit: number;
  /** The largest limit that the API applied where it refused a larger one. */
  clamp: number | null;
  totalCount: number | null = null;
  readItems = 0;

  readonly #source: FeedSource<Node>;
  readonly #onSurprise: (surprise: FeedSurprise) => void;
  readonly #pages: { readonly start: number; readonly ids: readonly string[] }[] = [];
  #isOvercounted = false;

  constructor(
    source: FeedSource<Node>,
    reading: Reading,
    maxLimit: number,
    clamp: number | null,
    onSurprise: (surprise: FeedSurprise) => void,
  ) {
    this.#source = source;
    this.reading = reading;
    this.clamp = clamp;
    this.maxLimit = Math.max(1, Math.min(maxLimit, clamp ?? maxLimit));
    this.#onSurprise = onSurprise;
  }

  /** The REST page that holds a span along the walk; where none of `mostItems` does, the one that goes farthest. */
  choosePage(span: Span, mostItems: number): PageNumber {
    const limit = Math.max(1, Math.min(this.maxLimit, mostItems));
    const turned = turnSpan(this.reading, span);
    const start = Math.max(0, turned.start);
    const end = Math.max(start + 1, turned.end);
    const position = isAlong(this.reading) ? start : end - 1;
    return alignSpan({ start, end }, limit) ?? this.#reach(position, limit);
  }

  /** Whether another page could show more of what is ahead of a position than a view does. */
  couldSeeMore(view: View<Node>, from: number): boolean {
    const position = isAlong(this.reading) ? from : -from - 1;
    const reach = pageSpan(this.#reach(position, this.maxLimit));
    return turnSpan(this.reading, reach).end > view.span.end;
  }

  /**
   * Costs one call, and up to three more where an answer contradicts itself. `anchor` is the place that the walk has just
   * passed. Throws what the source throws, and
   * ContractBrokenError where the API gives the same items whatever page it is asked for.
   */
  async read(asked: PageNumber, anchor: Place | null, cause: 'page' | 'seek'): Promise<View<Node>> {
    const answer = await this.#ask(asked, cause);
    if (isShort(answer) && !this.#isOvercounted) await this.#explainShort(asked, answer);
    const view = viewAnswer(
      this.reading,
      asked,
      answer,
      this.#isOvercounted,
      anchor,
      this.#onSurprise,
    );
    this.#refuseRepetition((asked.page - 1) * view.limit, answer.items);
    if (view.limit < asked.limit) {
      const isTold = answer.limit < asked.limit;
      this.clamp = isTold ? view.limit : Math.max(leastGuessedClamp, view.limit);
      this.maxLimit = Math.min(this.maxLimit, this.clamp);
    }
    return view;
  }

  /** Asks for no more than the list's count. */
  async count(): Promise<void> {
    await this.#ask({ page: 1, limit: 1 }, 'page');
  }

  #reach(position: number, limit: number): PageNumber {
    return reachFrom(position, isAlong(this.reading) ? 'up' : 'down', limit);
  }

  #refuseRepetition(start: number, items: readonly (FeedItem<Node> | null)[]): void {
    const ids = items.flatMap((item) => item?.id ?? []);
    const isRepetition = this.#pages.some((page) => {
      const shared = Math.min(ids.length, page.ids.length);
      const isElsewhere = Math.abs(start - page.start) >= leastApart;
      if (shared < leastRepeated || !isElsewhere) return false;
      return ids.slice(0, shared).every((id, index) => id === page.ids[index]);
    });
    if (isRepetition) throw new ContractBrokenError('The API gave the same items for two pages.');
    this.#pages.push({ start, ids });
  }

  async #ask(asked: PageNumber, cause: 'page' | 'seek'): Promise<ListPage<FeedItem<Node>>> {
    const { direction } = this.reading;
    const answer = await this.#source.read({ ...asked, direction }, cause);
    this.readItems += answer.items.length;
    this.totalCount = answer.totalCount;
    return answer;
  }

  // A clamp shows in the count, which then goes no farther than the page, or in a first page that is just as short. Else
  // the API counts items that are not there.
  async #explainShort(asked: PageNumber, { items, totalCount }: ListPage<unknown>): Promise<void> {
    // A count below what was listed tells nothing.
    const listed = (asked.page - 1) * asked.limit + items.length;
    const fitsPage = totalCount !== null && totalCount <= asked.page * asked.limit;
    if (fitsPage && totalCount >= listed) return;
    const isLast = async (): Promise<boolean> => {
      if (asked.page > 1) return false;
      const next = await this.#ask({ page: items.length + 1, limit: 1 }, 'seek');
      return next.items.length === 0;
    };
    this.#isOvercounted = await isLast();
    if (this.#isOvercounted) return;
    const first = await this.#ask({ page: 1, limit: asked.limit }, 'seek');
    // Asked again: an item that came and went in between looks like a clamp, too.
    this.#isOvercounted = first.items.length !== items.length || (await isLast());
  }
}
