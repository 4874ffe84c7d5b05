import { UpstreamUnavailableError } from '../domain/errors.ts';
import type { PlatformKey } from '../domain/platform-key.ts';
import { countBefore, type Found, findBorder, type Miss, type Quest } from './border.ts';
import type { FeedSource, FeedSurprise, KeyComparison } from './feed.ts';
import { type Hint, hintAt } from './hint.ts';
import { ListReader } from './list-reader.ts';
import { crowdAt } from './neighbours.ts';
import type { Gap, Place, Walk } from './order.ts';
import { type Aim, Search } from './seek.ts';
import { isAlong, type SeenItem, type View } from './view.ts';

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
  readonly matches: (item: SeenItem<Node>) => boolean;
  readonly onSurprise: (surprise: FeedSurprise) => void;
}

const mostFruitlessCalls = 8;

const unavailable = (message: string): UpstreamUnavailableError =>
  new UpstreamUnavailableError(message, { reason: 'server', mayHaveArrived: true });

// Positions behind the gap beyond what must be seen, for items that were deleted there since.
const slackBehind = (wanted: number): number => Math.min(4, Math.ceil(wanted / 20));

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

  readonly #settings: LaneSettings<Node>;
  readonly #reader: ListReader<Node>;
  readonly #seen = new Set<string>();
  #gap: Gap;
  #hint: Hint | null;
  #emptyPosition = 0;
  #fruitless = 0;

  constructor(settings: LaneSettings<Node>) {
    const { source, comparison, walk, from, until, hint, maxLimit, onSurprise } = settings;
    this.source = source.key;
    this.from = from;
    this.originHint = hint;
    this.#settings = settings;
    this.#gap = from;
    const isStart = from === walk.nearEnd;
    const crowdDirection = crowdAt(from, source.key)?.crowd.direction;
    const direction = isStart ? walk.direction : (crowdDirection ?? hint?.direction);
    this.#hint = isStart || hint?.direction !== direction ? null : hint;
    this.isForeign = this.#hint?.isForeign ?? false;
    const reading = {
      source: source.key,
      comparison,
      walk,
      direction: direction ?? walk.direction,
    };
    this.#reader = new ListReader(source, reading, maxLimit, hint?.clamp ?? null, onSurprise);
    this.isExhausted = walk.compareGaps(from, until) >= 0;
    this.hasBehind = this.isExhausted && hint !== null;
  }

  get totalCount(): number | null {
    return this.#reader.totalCount;
  }

  get readItems(): number {
    return this.#reader.readItems;
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
      const asked = this.#reader.choosePage(span, isFirst ? mostItems : this.#reader.maxLimit);
      isFirst = false;
      const anchor = typeof this.#gap === 'string' ? null : this.#gap.at;
      const view = await this.#reader.read(asked, anchor, this.#fruitless > 0 ? 'seek' : 'page');
      if (!view.isOrdered) this.isForeign = true;
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
        span = search.next(found, answer, this.#reader.maxLimit);
      }
    }
  }

  /** Asks for no more than the list's count. */
  count(): Promise<void> {
    return this.#reader.count();
  }

  /** The hint of a gap whose border is at this index of the known items. */
  hintAt(border: number, gap: Gap): Hint {
    return hintAt(this.known, border, this.#emptyPosition, this.#settings.walk, gap, {
      direction: this.#reader.reading.direction,
      totalCount: this.totalCount,
      clamp: this.#reader.clamp,
      isForeign: this.isForeign,
      keepsNeighbours: this.#settings.comparison === 'name',
    });
  }

  #aim(wanted: number): Aim {
    const along = isAlong(this.#reader.reading);
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

  #look(view: View<Node>, aim: Aim): Found<Node> | Miss {
    const { walk } = this.#settings;
    const along = isAlong(this.#reader.reading);
    const isTraced = this.isForeign && this.#gap !== walk.nearEnd;
    const foreign = isTraced
      ? { ...foreignTrace(this.#hint, along), position: aim.position }
      : null;
    const quest = { gap: this.#gap, doubts: this.#fruitless === 0, crowd: null, foreign };
    const found = findBorder(view, this.#reader.reading, quest);
    if (found.kind !== 'open' || this.#reader.couldSeeMore(view, found.guard ?? view.span.start))
      return found;
    const key = view.items.at(-1)?.place.key ?? null;
    return findBorder(view, this.#reader.reading, { ...quest, crowd: { key } });
  }

  #take(view: View<Node>, { items, border, open, endsInCrowd }: Found<Node>): void {
    const { walk, until, untilHint, isInRange, matches } = this.#settings;
    const along = isAlong(this.#reader.reading);
    const end = {
      gap: until,
      doubts: false,
      crowd: null,
      foreign: this.isForeign && untilHint !== null ? foreignTrace(untilHint, along) : null,
    };
    const cut = Math.max(border, countBefore(items, this.#reader.reading, end));
    if (!this.hasRead) {
      const behind = items.slice(0, border);
      const first = behind[0];
      this.hasBehind =
        // Of a crowd that was passed by id, some may be listed ahead.
        items.some(
          (item, index) =>
            (index < border || item.isPassed === true) && isInRange(item.place) && matches(item),
        ) ||
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
    // Ties of the place where the lane ends may be on either side of it.
    const isBeyond = open.length > 0 && this.open.length === 0;
    const splitsTies = until !== 'start' && until !== 'end' && open[0]?.place.key === until.at.key;
    this.isExhausted = view.atEnd || cut < items.length || (isBeyond && !splitsTies);
    this.endsInCrowd = endsInCrowd && !this.isExhausted;
    this.hasRead = true;
    const last = this.known.at(-1);
    if (cut > border && last !== undefined) {
      this.#gap = walk.gapPast(last.place);
      this.#hint = this.hintAt(this.known.length, this.#gap);
    }
  }
}
