import { countBefore, type Found, findBorder, type Miss, type Quest } from './border.ts';
import { UpstreamUnavailableError } from './errors.ts';
import type { FeedItem, FeedSource, FeedSurprise, KeyComparison } from './feed.ts';
import { type Hint, hintAt } from './hint.ts';
import { crowdAt } from './neighbours.ts';
import type { Gap, Place, Walk } from './order.ts';
import type { ListPage, PlatformKey } from './platform.ts';
import { type Aim, Search } from './seek.ts';
import { alignSpan, type PageNumber, pageSpan, reachFrom, type Span } from './span.ts';
import {
  isAlong,
  isShort,
  type Reading,
  type SeenItem,
  turnSpan,
  type View,
  viewAnswer,
} from './view.ts';

/** What a lane reads, and between which gaps. */
export interface LaneSettings<Node> {
  readonly source: FeedSource<Node>;
  readonly comparison: KeyComparison;
  readonly walk: Walk;
  readonly from: Gap;
  readonly until: Gap;
  readonly hint: Hint | null;
  readonly untilHint: Hint | null;
  readonly maxLimit: number;
  readonly isInRange: (place: Place) => boolean;
  readonly matches: (node: Node) => boolean;
  readonly onSurprise: (surprise: FeedSurprise) => void;
}

const mostFruitlessCalls = 8;
// A clamp that is not told but guessed is taken to be no smaller: a few items may as well be a list's end.
const leastGuessedClamp = 16;

const unavailable = (message: string): UpstreamUnavailableError =>
  new UpstreamUnavailableError(message, { reason: 'server', mayHaveArrived: true });

// Positions behind the gap beyond what must be seen, for items that were deleted there since.
const slackBehind = (wanted: number): number => Math.min(4, Math.ceil(wanted / 8));

const foreignTrace = (hint: Hint | null, along: boolean): NonNullable<Quest['foreign']> => {
  const neighbours = hint?.neighbours ?? { lower: [], higher: [] };
  const position = hint?.position ?? 0;
  return { neighbours, position: along ? position : -position };
};

/**
 * One source's part of a page: its list from a gap on, in the direction of the walk. Answers of different moments are
 * joined by the order of keys, never by positions.
 */
export class Lane<Node> {
  readonly source: PlatformKey;
  readonly from: Gap;
  /** Items in our order, nothing left out between them; the first `begin` of them are behind `from`. */
  readonly known: SeenItem<Node>[] = [];
  begin = 0;
  /** Items of a tie group that is not wholly known yet: the next ones, in no order. */
  open: readonly SeenItem<Node>[] = [];
  /** Nothing more is ahead, up to where the lane ends. */
  isExhausted: boolean;
  /** The last known item is one of a crowd that may go on. */
  endsInCrowd = false;
  /** Something that matches is behind `from`, or may be where it was not looked at. */
  hasBehind = false;
  isForeign: boolean;
  /** Whether any answer told of the list. */
  hasRead = false;
  readonly originHint: Hint | null;
  totalCount: number | null = null;
  readItems = 0;

  readonly #settings: LaneSettings<Node>;
  readonly #reading: Reading;
  readonly #seen = new Set<string>();
  #gap: Gap;
  #hint: Hint | null;
  #maxLimit: number;
  #clamp: number | null;
  #isOvercounted = false;
  #emptyPosition = 0;
  #fruitless = 0;

  constructor(settings: LaneSettings<Node>) {
    const { source, comparison, walk, from, until, hint, maxLimit } = settings;
    this.source = source.key;
    this.from = from;
    this.originHint = hint;
    this.#settings = settings;
    this.#gap = from;
    this.#clamp = hint?.clamp ?? null;
    this.#maxLimit = Math.max(1, Math.min(maxLimit, this.#clamp ?? maxLimit));
    const isStart = from === walk.nearEnd;
    const crowdDirection = crowdAt(from, source.key)?.crowd.direction;
    const direction = isStart ? walk.direction : (crowdDirection ?? hint?.direction);
    this.#hint = isStart || hint?.direction !== direction ? null : hint;
    this.isForeign = this.#hint?.isForeign ?? false;
    this.#reading = {
      source: source.key,
      comparison,
      walk,
      direction: direction ?? walk.direction,
    };
    this.isExhausted = walk.compareGaps(from, until) >= 0;
    this.hasBehind = this.isExhausted && hint !== null;
  }

  /**
   * Learns more of the list ahead: at least one tie group, or the list's end. Asks for `wanted` items, and for no page
   * of more than `mostItems` where that is enough. Throws what the source throws; UpstreamUnavailableError where
   * eight answers did not help.
   */
  async advance(wanted: number, mostItems: number): Promise<void> {
    this.#refuseTurn();
    const aim = this.#aim(wanted);
    const search = new Search(aim);
    let span = search.first();
    let isFirst = true;
    for (;;) {
      const asked = this.#choosePage(span, isFirst ? mostItems : this.#maxLimit);
      isFirst = false;
      const view = await this.#read(asked);
      const found = this.#look(view, aim);
      if (found.kind === 'found') {
        this.#fruitless = 0;
        this.#take(view, found);
        return;
      }
      this.#fruitless += 1;
      if (this.#fruitless >= mostFruitlessCalls) {
        throw unavailable('The list changes faster than its place is found again: try again.');
      }
      // A clamped answer begins elsewhere than was meant: the same span is asked for again within the clamp.
      const isMisplaced = view.limit < asked.limit && asked.page > 1;
      if (!isMisplaced) {
        const { items, totalCount } = view;
        const answer = {
          span: view.span,
          firstKey: items[0]?.place.key,
          lastKey: items.at(-1)?.place.key,
          totalCount,
        };
        span = search.next(found, answer, this.#maxLimit);
      }
    }
  }

  /** Asks for no more than the list's count. */
  async count(): Promise<void> {
    await this.#ask({ page: 1, limit: 1 }, 'page');
  }

  /** The hint of a gap whose border is at this index of the known items. */
  hintAt(border: number, gap: Gap): Hint {
    return hintAt(this.known, border, this.#emptyPosition, this.#settings.walk, gap, {
      direction: this.#reading.direction,
      totalCount: this.totalCount,
      clamp: this.#clamp,
      isForeign: this.isForeign,
      keepsNeighbours: this.#settings.comparison === 'name',
    });
  }

  #aim(wanted: number): Aim {
    const along = isAlong(this.#reading);
    const { walk } = this.#settings;
    const isStart = this.#gap === walk.nearEnd;
    const key = typeof this.#gap === 'string' ? undefined : this.#gap.at.key;
    const sign = along ? 1 : -1;
    const hint = this.#hint;
    if (hint === null) {
      const common = { position: 0, behind: 0, ahead: wanted, totalCount: null };
      return { ...common, isHinted: isStart, key, sign };
    }
    const [behind, ahead] = along ? [hint.lower, hint.higher] : [hint.higher, hint.lower];
    return {
      position: along ? hint.position : -hint.position,
      isHinted: true,
      behind: Math.max(1, behind) + slackBehind(wanted),
      ahead: Math.max(ahead, wanted),
      key,
      totalCount: hint.totalCount,
      sign,
    };
  }

  // A tie group that stopped fitting one answer was passed by id first and as listed then: what is behind such a place
  // cannot be told from a cursor any more.
  #refuseTurn(): void {
    const passed = crowdAt(this.#gap, this.source)?.crowd.passed ?? null;
    if (passed === null || passed.forward === this.#settings.walk.forward) return;
    throw unavailable('Paging cannot turn round within these equal keys: begin at an end instead.');
  }

  #choosePage(span: Span, mostItems: number): PageNumber {
    const maxLimit = Math.max(1, Math.min(this.#maxLimit, mostItems));
    const turned = turnSpan(this.#reading, span);
    const start = Math.max(0, turned.start);
    const end = Math.max(start + 1, turned.end);
    const aligned = alignSpan({ start, end }, maxLimit);
    if (aligned !== null) return aligned;
    const along = isAlong(this.#reading);
    return reachFrom(along ? start : end - 1, along ? 'up' : 'down', maxLimit);
  }

  async #read(asked: PageNumber): Promise<View<Node>> {
    const { onSurprise } = this.#settings;
    const answer = await this.#ask(asked, this.#fruitless > 0 ? 'seek' : 'page');
    if (isShort(answer) && !this.#isOvercounted) await this.#explainShort(asked, answer);
    const view = viewAnswer(this.#reading, asked, answer, this.#isOvercounted, onSurprise);
    if (view.limit < asked.limit) {
      const isTold = answer.limit < asked.limit;
      this.#learnClamp(isTold ? view.limit : Math.max(leastGuessedClamp, view.limit));
    }
    if (!view.isOrdered) this.isForeign = true;
    return view;
  }

  async #ask(asked: PageNumber, cause: 'page' | 'seek'): Promise<ListPage<FeedItem<Node>>> {
    const { direction } = this.#reading;
    const answer = await this.#settings.source.read({ ...asked, direction }, cause);
    this.readItems += answer.items.length;
    this.totalCount = answer.totalCount;
    return answer;
  }

  #learnClamp(limit: number): void {
    this.#clamp = limit;
    this.#maxLimit = Math.min(this.#maxLimit, limit);
  }

  // A clamp shows in the count, which then goes no farther than the page, or in a first page that is just as short. Else
  // the API counts items that are not there.
  async #explainShort(asked: PageNumber, { items, totalCount }: ListPage<unknown>): Promise<void> {
    if (totalCount !== null && totalCount <= asked.page * asked.limit) return;
    if (asked.page === 1) {
      const next = await this.#ask({ page: items.length + 1, limit: 1 }, 'seek');
      this.#isOvercounted = next.items.length === 0;
    }
    if (this.#isOvercounted) return;
    const first = await this.#ask({ page: 1, limit: asked.limit }, 'seek');
    this.#isOvercounted = first.items.length !== items.length;
  }

  #look(view: View<Node>, aim: Aim): Found<Node> | Miss {
    const { walk } = this.#settings;
    const along = isAlong(this.#reading);
    const isTraced = this.isForeign && this.#gap !== walk.nearEnd;
    const foreign = isTraced
      ? { ...foreignTrace(this.#hint, along), position: aim.position }
      : null;
    const quest = { gap: this.#gap, crowd: null, foreign };
    const found = findBorder(view, this.#reading, quest);
    if (found.kind !== 'open' || this.#couldSeeMore(view, found.guard)) return found;
    const key = view.items.at(-1)?.place.key ?? null;
    return findBorder(view, this.#reading, { ...quest, crowd: { key } });
  }

  // Whether another answer could show more of the list from the guard on: if not, a tie group is a crowd.
  #couldSeeMore(view: View<Node>, guard: number | null): boolean {
    const from = guard ?? view.span.start;
    const along = isAlong(this.#reading);
    const position = along ? from : -from - 1;
    const reach = pageSpan(reachFrom(position, along ? 'up' : 'down', this.#maxLimit));
    return turnSpan(this.#reading, reach).end > view.span.end;
  }

  #take(view: View<Node>, { items, border, open, endsInCrowd }: Found<Node>): void {
    const { walk, until, untilHint, isInRange, matches } = this.#settings;
    const along = isAlong(this.#reading);
    const end = {
      gap: until,
      crowd: null,
      foreign: this.isForeign && untilHint !== null ? foreignTrace(untilHint, along) : null,
    };
    const cut = Math.max(border, countBefore(items, this.#reading, end));
    if (!this.hasRead) {
      const behind = items.slice(0, border);
      const first = behind[0];
      this.hasBehind =
        behind.some(({ place, node }) => isInRange(place) && matches(node)) ||
        (!view.atStart && (first === undefined || isInRange(first.place)));
      this.known.push(...behind);
      this.begin = border;
      this.#emptyPosition = view.span.end;
    }
    for (const item of items.slice(border, cut)) {
      // One whose key has changed meanwhile may be listed again farther on.
      this.known.push(this.#seen.has(item.place.id) ? { ...item, isPassed: true } : item);
      this.#seen.add(item.place.id);
    }
    this.open = open.filter(({ place }) => !walk.isAhead(place, until));
    this.isExhausted =
      view.atEnd || cut < items.length || (open.length > 0 && this.open.length === 0);
    this.endsInCrowd = endsInCrowd && !this.isExhausted;
    this.hasRead = true;
    const last = this.known.at(-1);
    if (cut > border && last !== undefined) {
      this.#gap = walk.gapPast(last.place);
      this.#hint = this.hintAt(this.known.length, this.#gap);
    }
  }
}
