import { ContractBrokenError } from '../../domain/errors.ts';
import type { ListPage } from '../../domain/list.ts';
import type { Position } from '../position.ts';
import type { Item, Source, SourceSurprise } from '../types.ts';
import { createPageView, isShort, type PageView } from './page-view.ts';
import { mirrorItemOffset, mirrorSpan, type SourceTraversal } from './source-traversal.ts';
import { alignSpan, type PageNumber, pageSpan, reachFrom, type Span } from './span.ts';

// A clamp that the API did not state is taken to be at least this. A shorter answer may just as well be the list's end.
const leastGuessedClamp = 16;
// Two pages hold the same items only if at least 10 ids repeat and the pages are at least 50 offsets apart. Otherwise
// inserts and deletes between the two calls may have moved the items.
const leastRepeated = 10;
const leastApart = 50;

/** Reads spans of one source's list within the API's limits, and learns those limits from its answers. */
export class SpanReader<Node> {
  readonly sourceTraversal: SourceTraversal;
  maxLimit: number;
  /** The largest limit that the API applied, if it refused a larger one. */
  clamp: number | null;
  totalCount: number | null = null;
  readItems = 0;

  readonly #source: Source<Node>;
  readonly #onSurprise: (surprise: SourceSurprise) => void;
  readonly #pages: { readonly start: number; readonly ids: readonly string[] }[] = [];
  /** Whether the API is known to count more items than there are. */
  #isOvercounted = false;

  constructor(
    source: Source<Node>,
    sourceTraversal: SourceTraversal,
    maxLimit: number,
    clamp: number | null,
    onSurprise: (surprise: SourceSurprise) => void,
  ) {
    this.#source = source;
    this.sourceTraversal = sourceTraversal;
    this.clamp = clamp;
    this.maxLimit = Math.max(1, Math.min(maxLimit, clamp ?? maxLimit));
    this.#onSurprise = onSurprise;
  }

  /**
   * The page that holds a span of traversal offsets. If no page of at most `mostItems` does, the page that holds
   * the item nearest to the traversal's start and reaches farthest ahead.
   */
  choosePage(span: Span, mostItems: number): PageNumber {
    const limit = Math.max(1, Math.min(this.maxLimit, mostItems));
    const listed = mirrorSpan(this.sourceTraversal, span);
    const start = Math.max(0, listed.start);
    const end = Math.max(start + 1, listed.end);
    const nearest = this.sourceTraversal.isReversed ? end - 1 : start;
    return alignSpan({ start, end }, limit) ?? this.#reachAhead(nearest, limit);
  }

  /** Whether another page that holds the item at this traversal offset could show more of what is ahead than the view. */
  couldSeeMore(view: PageView<Node>, offset: number): boolean {
    const listed = mirrorItemOffset(this.sourceTraversal, offset);
    const reach = pageSpan(this.#reachAhead(listed, this.maxLimit));
    return mirrorSpan(this.sourceTraversal, reach).end > view.span.end;
  }

  /**
   * Reads one page: one call, and up to three more if the answer contradicts itself. `anchor` is the position that the
   * traversal has just passed. Throws what the source throws, and ContractBrokenError if the API returns the same items
   * for two pages far apart.
   */
  async read(
    asked: PageNumber,
    anchor: Position | null,
    cause: 'page' | 'seek',
  ): Promise<PageView<Node>> {
    const answer = await this.#ask(asked, cause);
    if (isShort(answer) && !this.#isOvercounted) await this.#explainShort(asked, answer);
    const view = createPageView(
      this.sourceTraversal,
      asked,
      answer,
      this.#isOvercounted,
      anchor,
      this.#onSurprise,
    );
    this.#refuseRepetition((asked.page - 1) * view.limit, answer.items);
    if (view.limit < asked.limit) {
      const isStated = answer.limit < asked.limit;
      this.clamp = isStated ? view.limit : Math.max(leastGuessedClamp, view.limit);
      this.maxLimit = Math.min(this.maxLimit, this.clamp);
    }
    return view;
  }

  /** Asks for the list's count only: one call of one item. */
  async count(): Promise<void> {
    await this.#ask({ page: 1, limit: 1 }, 'page');
  }

  #reachAhead(listOffset: number, limit: number): PageNumber {
    return reachFrom(listOffset, this.sourceTraversal.isReversed ? 'down' : 'up', limit);
  }

  #refuseRepetition(start: number, items: readonly (Item<Node> | null)[]): void {
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

  async #ask(asked: PageNumber, cause: 'page' | 'seek'): Promise<ListPage<Item<Node>>> {
    const { direction } = this.sourceTraversal;
    const answer = await this.#source.read({ ...asked, direction }, cause);
    this.readItems += answer.items.length;
    this.totalCount = answer.totalCount;
    return answer;
  }

  // Finds out whether a short answer was clamped or the API counts items that do not exist. It was clamped if the count
  // fits the page that was asked for, or if the first page of the same limit is just as short and items follow it.
  async #explainShort(asked: PageNumber, { items, totalCount }: ListPage<unknown>): Promise<void> {
    const listed = (asked.page - 1) * asked.limit + items.length;
    const fitsPage = totalCount !== null && totalCount <= asked.page * asked.limit;
    // A count below the number of listed items is wrong and shows nothing.
    if (fitsPage && totalCount >= listed) return;
    const isLast = async (): Promise<boolean> => {
      if (asked.page > 1) return false;
      const next = await this.#ask({ page: items.length + 1, limit: 1 }, 'seek');
      return next.items.length === 0;
    };
    this.#isOvercounted = await isLast();
    if (this.#isOvercounted) return;
    const first = await this.#ask({ page: 1, limit: asked.limit }, 'seek');
    // The last check is made twice: an item that is inserted and deleted in between looks like a clamp, too.
    this.#isOvercounted = first.items.length !== items.length || (await isLast());
  }
}
