import type { GatewayError } from '../domain/errors.ts';
import type { SourcePosition } from './cursor.ts';
import type { Hint } from './hint.ts';
import type { Lane } from './lane.ts';
import type { Place, Walk } from './order.ts';
import type { SeenItem } from './view.ts';

/** One edge as it was merged, and where every source stood then. */
export interface MergedEdge<Node> {
  readonly place: Place;
  readonly node: Node;
  readonly positions: readonly SourcePosition[];
}

/** One lane and how far it has been merged. */
interface Strand<Node> {
  readonly lane: Lane<Node>;
  /** The index of the next known item, and of the first one ahead of the last edge. */
  next: number;
  border: number;
  /** Why the source is missing, and the position that it keeps until it is back. */
  failure: GatewayError | null;
  stop: SourcePosition | null;
}

/** Merges lanes into one ordered run of edges, as far as it is known for certain. */
export class Merge<Node> {
  readonly edges: MergedEdge<Node>[] = [];
  readonly #strands: readonly Strand<Node>[];
  readonly #walk: Walk;
  readonly #matches: (item: SeenItem<Node>) => boolean;

  constructor(
    lanes: readonly Lane<Node>[],
    walk: Walk,
    matches: (item: SeenItem<Node>) => boolean,
  ) {
    this.#strands = lanes.map((lane) => ({ lane, next: 0, border: 0, failure: null, stop: null }));
    this.#walk = walk;
    this.#matches = matches;
  }

  /** The lanes that have not failed. */
  get live(): readonly Lane<Node>[] {
    return this.#live().map(({ lane }) => lane);
  }

  failureOf(lane: Lane<Node>): GatewayError | null {
    return this.#strands.find((strand) => strand.lane === lane)?.failure ?? null;
  }

  /** Ends a lane for this page: what it has not returned yet follows when its source is back. */
  fail(lane: Lane<Node>, failure: GatewayError): void {
    const last = this.edges.at(-1);
    for (const strand of this.#strands.filter((one) => one.lane === lane)) {
      strand.stop = last === undefined ? this.#origin(strand) : this.#stopPast(strand, last.place);
      strand.failure = failure;
    }
  }

  /** Appends the edges that are certain, up to this many in all. */
  fill(size: number): void {
    // One list in a collation of its own breaks the merged order of all: each then goes on from its own last item.
    const isForeign = this.#live().some(({ lane }) => lane.isForeign);
    for (const strand of this.#strands) {
      strand.lane.isForeign ||= isForeign;
      strand.next = Math.max(strand.next, strand.lane.begin);
      strand.border = Math.max(strand.border, strand.lane.begin);
    }
    while (this.edges.length < size) {
      const strand = this.#nextStrand();
      const item = strand?.lane.known[strand.next];
      if (strand === undefined || item === undefined) return;
      strand.next += 1;
      const { place, node } = item;
      this.edges.push({ place, node, positions: this.positionsPast(place) });
    }
  }

  /** Whether anything that matches was seen beyond the edges. */
  seesMore(): boolean {
    return this.#live().some(
      (strand) =>
        this.#head(strand) !== undefined || strand.lane.open.some((item) => this.#matches(item)),
    );
  }

  /** The lanes that keep the merge from going on: their known items are used up, and they are not exhausted. */
  hungry(): readonly Lane<Node>[] {
    const waiting = this.#live().filter(
      (strand) => !strand.lane.isExhausted && this.#head(strand) === undefined,
    );
    const heads = this.#live().flatMap((strand) => this.#head(strand) ?? []);
    const first = heads.sort((left, right) => this.#compare(left.place, right.place))[0];
    return waiting
      .filter((strand) => first === undefined || !this.#isCertain(first.place, strand))
      .map(({ lane }) => lane);
  }

  /** The place up to which everything is merged or known not to match, if that is beyond the last edge. */
  frontier(lanes: readonly Lane<Node>[]): Place | undefined {
    const places = lanes.flatMap(({ known, begin }) => known.slice(begin).at(-1)?.place ?? []);
    const nearest = places.sort((left, right) => this.#compare(left, right))[0];
    const last = this.edges.at(-1);
    if (nearest === undefined || last === undefined) return nearest;
    return this.#compare(nearest, last.place) >= 0 ? nearest : undefined;
  }

  /** Where every source stands when the walk has just passed a place. */
  positionsPast(place: Place): readonly SourcePosition[] {
    return this.#strands.map((strand) => {
      if (strand.stop !== null) return strand.stop;
      const { lane } = strand;
      if (lane.isForeign && lane.source !== place.source) return this.#ownPosition(strand);
      if (this.#beganPast(strand, place)) return this.#origin(strand);
      return { source: lane.source, gap: null, hint: this.#hintPast(strand, place) };
    });
  }

  /** Where every source stood when the page began. */
  origins(): readonly SourcePosition[] {
    return this.#strands.map((strand) => strand.stop ?? this.#origin(strand));
  }

  #live(): readonly Strand<Node>[] {
    return this.#strands.filter(({ failure }) => failure === null);
  }

  #compare(left: Place, right: Place): number {
    const { compareKeys, compareSources } = this.#walk;
    return compareKeys(left.key, right.key) || compareSources(left.source, right.source);
  }

  #head(strand: Strand<Node>): SeenItem<Node> | undefined {
    for (;;) {
      const item = strand.lane.known[strand.next];
      if (item === undefined || !this.#isPassed(item, strand.lane)) return item;
      strand.next += 1;
    }
  }

  #isPassed(item: SeenItem<Node>, lane: Lane<Node>): boolean {
    if (item.isPassed === true || !this.#matches(item)) return true;
    // One that was not listed here a moment ago, when the merge went by.
    const last = this.edges.at(-1);
    return last !== undefined && !lane.isForeign && this.#compare(item.place, last.place) < 0;
  }

  // Never past the last known key of a source that may go on there.
  #isCertain(place: Place, { lane }: Strand<Node>): boolean {
    const last = lane.known.at(-1);
    if (lane.isExhausted) return true;
    if (last === undefined) return false;
    const order = this.#walk.compareKeys(place.key, last.place.key);
    if (order !== 0) return order < 0;
    return !lane.endsInCrowd || this.#walk.compareSources(place.source, lane.source) < 0;
  }

  #nextStrand(): Strand<Node> | undefined {
    let best: { readonly strand: Strand<Node>; readonly place: Place } | undefined;
    const waiting: Strand<Node>[] = [];
    for (const strand of this.#live()) {
      const head = this.#head(strand);
      if (head === undefined) waiting.push(strand);
      else if (best === undefined || this.#compare(head.place, best.place) < 0) {
        best = { strand, place: head.place };
      }
    }
    const place = best?.place;
    if (place === undefined || !waiting.every((strand) => this.#isCertain(place, strand))) return;
    return best?.strand;
  }

  // A source that others lagged behind began beyond the places that they now return.
  #beganPast({ lane }: Strand<Node>, place: Place): boolean {
    if (lane.source === place.source || lane.isForeign) return false;
    return this.#walk.compareGaps(lane.from, this.#walk.gapPast(place)) > 0;
  }

  #origin({ lane }: Strand<Node>): SourcePosition {
    const hint = lane.hasRead ? lane.hintAt(lane.begin, lane.from) : lane.originHint;
    return { source: lane.source, gap: lane.from, hint };
  }

  // Another list's edge says nothing of a list in a collation of its own: it may even stand among equal keys there.
  #ownPosition(strand: Strand<Node>): SourcePosition {
    const { lane, next } = strand;
    const last = next > lane.begin ? lane.known[next - 1] : undefined;
    if (last === undefined) return this.#origin(strand);
    const gap = this.#walk.gapPast(last.place);
    return { source: lane.source, gap, hint: lane.hintAt(next, gap) };
  }

  #stopPast(strand: Strand<Node>, place: Place): SourcePosition {
    if (strand.lane.isForeign) return this.#ownPosition(strand);
    if (this.#beganPast(strand, place)) return this.#origin(strand);
    const gap = this.#walk.gapPast(place);
    return {
      source: strand.lane.source,
      gap,
      hint: strand.lane.hintAt(this.#borderPast(strand, place), gap),
    };
  }

  // Hints count the items before the gap just after an edge in list order, whichever way the edge was reached.
  #hintPast(strand: Strand<Node>, place: Place): Hint {
    const border = this.#borderPast(strand, place);
    const isOwnBackward = strand.lane.source === place.source && !this.#walk.forward;
    return strand.lane.hintAt(isOwnBackward ? border - 1 : border, this.#walk.gapPast(place));
  }

  #borderPast(strand: Strand<Node>, place: Place): number {
    const { lane } = strand;
    if (lane.source === place.source || lane.isForeign) return strand.next;
    const past = this.#walk.gapPast(place);
    for (;;) {
      const item = lane.known[strand.border];
      if (item === undefined || this.#walk.isAhead(item.place, past)) return strand.border;
      strand.border += 1;
    }
  }
}
