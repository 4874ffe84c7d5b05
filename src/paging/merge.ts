import type { GatewayError } from '../domain/errors.ts';
import type { SourceBoundary } from './cursor/cursor.ts';
import type { Position } from './position.ts';
import type { OffsetHint } from './source/offset-hint.ts';
import type { ListedItem } from './source/page-view.ts';
import type { SourceReader } from './source/source-reader.ts';
import type { Traversal } from './traversal.ts';

/** One edge of the merged order, and the boundary of every source when the traversal has just passed it. */
export interface MergedEdge<Node> {
  readonly position: Position;
  readonly node: Node;
  readonly boundaries: readonly SourceBoundary[];
}

/** A source reader, and how far its items are merged. */
interface MergedSource<Node> {
  readonly reader: SourceReader<Node>;
  /** The index of the next known item that is not merged yet. */
  next: number;
  /** The index of the first known item ahead of the last edge. */
  boundaryIndex: number;
  /** Why the source is missing from the page. */
  failure: GatewayError | null;
  /** The boundary that a failed source keeps in cursors until it is back. */
  keptBoundary: SourceBoundary | null;
}

/** The k-way merge of the source readers: appends edges in order, as far as the order is certain. */
export class Merge<Node> {
  readonly edges: MergedEdge<Node>[] = [];
  readonly #sources: readonly MergedSource<Node>[];
  readonly #traversal: Traversal;
  readonly #matches: (item: ListedItem<Node>) => boolean;

  constructor(
    readers: readonly SourceReader<Node>[],
    traversal: Traversal,
    matches: (item: ListedItem<Node>) => boolean,
  ) {
    const start = { next: 0, boundaryIndex: 0, failure: null, keptBoundary: null };
    this.#sources = readers.map((reader) => ({ reader, ...start }));
    this.#traversal = traversal;
    this.#matches = matches;
  }

  /** The readers that have not failed. */
  get live(): readonly SourceReader<Node>[] {
    return this.#live().map(({ reader }) => reader);
  }

  failureOf(reader: SourceReader<Node>): GatewayError | null {
    return this.#sources.find((source) => source.reader === reader)?.failure ?? null;
  }

  /** Ends a reader for this page. Cursors keep its boundary, so that its items follow when the source is back. */
  fail(reader: SourceReader<Node>, failure: GatewayError): void {
    const last = this.edges.at(-1);
    for (const source of this.#sources.filter((one) => one.reader === reader)) {
      source.keptBoundary =
        last === undefined
          ? this.#startBoundary(source)
          : this.#ownBoundaryPast(source, last.position);
      source.failure = failure;
    }
  }

  /** Appends the edges that are certain, until there are `size` edges in all. */
  fill(size: number): void {
    // If one list has an unknown collation, the merged order no longer shows where the other lists continue. Each
    // source then continues after its own last item.
    const isCollationUnknown = this.#live().some(({ reader }) => reader.isCollationUnknown);
    for (const source of this.#sources) {
      source.reader.isCollationUnknown ||= isCollationUnknown;
      source.next = Math.max(source.next, source.reader.firstAhead);
      source.boundaryIndex = Math.max(source.boundaryIndex, source.reader.firstAhead);
    }
    while (this.edges.length < size) {
      const source = this.#nextSource();
      const item = source?.reader.known[source.next];
      if (source === undefined || item === undefined) return;
      source.next += 1;
      const { position, node } = item;
      this.edges.push({ position, node, boundaries: this.boundariesPast(position) });
    }
  }

  /** Whether an item that matches was read beyond the edges. */
  seesMore(): boolean {
    return this.#live().some(
      (source) =>
        this.#head(source) !== undefined ||
        source.reader.incompleteTies.some((item) => this.#matches(item)),
    );
  }

  /** The readers that must read on before the next edge is certain. */
  readersToAdvance(): readonly SourceReader<Node>[] {
    const waiting = this.#live().filter(
      (source) => !source.reader.isExhausted && this.#head(source) === undefined,
    );
    const heads = this.#live().flatMap((source) => this.#head(source) ?? []);
    const first = heads.sort((left, right) => this.#compare(left.position, right.position))[0];
    return waiting
      .filter((source) => first === undefined || !this.#isCertain(first.position, source))
      .map(({ reader }) => reader);
  }

  /** The position up to which these readers were scanned; undefined if that is before the last edge. */
  scannedUpTo(readers: readonly SourceReader<Node>[]): Position | undefined {
    const positions = readers.flatMap(
      ({ known, firstAhead }) => known.slice(firstAhead).at(-1)?.position ?? [],
    );
    const nearest = positions.sort((left, right) => this.#compare(left, right))[0];
    const last = this.edges.at(-1);
    if (nearest === undefined || last === undefined) return nearest;
    return this.#compare(nearest, last.position) >= 0 ? nearest : undefined;
  }

  /** The boundary of every source when the traversal has just passed a position. */
  boundariesPast(position: Position): readonly SourceBoundary[] {
    return this.#sources.map((source) => {
      if (source.keptBoundary !== null) return source.keptBoundary;
      const { reader } = source;
      if (reader.isCollationUnknown && reader.source !== position.source) {
        return this.#lastItemBoundary(source);
      }
      if (this.#beganPast(source, position)) return this.#startBoundary(source);
      return { source: reader.source, boundary: null, hint: this.#hintPast(source, position) };
    });
  }

  /** The boundary of every source when the page began. */
  startBoundaries(): readonly SourceBoundary[] {
    return this.#sources.map((source) => source.keptBoundary ?? this.#startBoundary(source));
  }

  #live(): readonly MergedSource<Node>[] {
    return this.#sources.filter(({ failure }) => failure === null);
  }

  // Ids are left out: each reader has its own ties in order.
  #compare(left: Position, right: Position): number {
    const { compareKeys, compareSources } = this.#traversal;
    return compareKeys(left.key, right.key) || compareSources(left.source, right.source);
  }

  /** The next known item of a source that belongs to the page. */
  #head(source: MergedSource<Node>): ListedItem<Node> | undefined {
    for (;;) {
      const item = source.reader.known[source.next];
      if (item === undefined || !this.#isSkipped(item, source.reader)) return item;
      source.next += 1;
    }
  }

  #isSkipped(item: ListedItem<Node>, reader: SourceReader<Node>): boolean {
    if (item.isReturned === true || !this.#matches(item)) return true;
    // The item was inserted behind the last edge after the merge had passed that point.
    const last = this.edges.at(-1);
    if (last === undefined || reader.isCollationUnknown) return false;
    return this.#compare(item.position, last.position) < 0;
  }

  /** Whether a source cannot have an unread item before a position. */
  #isCertain(position: Position, { reader }: MergedSource<Node>): boolean {
    const last = reader.known.at(-1);
    if (reader.isExhausted) return true;
    if (last === undefined) return false;
    const order = this.#traversal.compareKeys(position.key, last.position.key);
    if (order !== 0) return order < 0;
    if (!reader.endsInOversizedTies) return true;
    return this.#traversal.compareSources(position.source, reader.source) < 0;
  }

  /** The source of the next edge; undefined if it is not certain yet. */
  #nextSource(): MergedSource<Node> | undefined {
    let best: { readonly source: MergedSource<Node>; readonly position: Position } | undefined;
    const waiting: MergedSource<Node>[] = [];
    for (const source of this.#live()) {
      const head = this.#head(source);
      if (head === undefined) waiting.push(source);
      else if (best === undefined || this.#compare(head.position, best.position) < 0) {
        best = { source, position: head.position };
      }
    }
    const position = best?.position;
    if (position === undefined) return;
    return waiting.every((source) => this.#isCertain(position, source)) ? best?.source : undefined;
  }

  // If another source failed on an earlier page, this one began ahead of the positions that the other now returns.
  #beganPast({ reader }: MergedSource<Node>, position: Position): boolean {
    if (reader.source === position.source || reader.isCollationUnknown) return false;
    const { compareBoundaries, boundaryPast } = this.#traversal;
    return compareBoundaries(reader.from, boundaryPast(position)) > 0;
  }

  #startBoundary({ reader }: MergedSource<Node>): SourceBoundary {
    const { source, from, fromHint, hasRead, firstAhead } = reader;
    return { source, boundary: from, hint: hasRead ? reader.hintAt(firstAhead, from) : fromHint };
  }

  /** The boundary after the source's own last merged item. It is used if the list's collation is unknown. */
  #lastItemBoundary(source: MergedSource<Node>): SourceBoundary {
    const { reader, next } = source;
    const last = next > reader.firstAhead ? reader.known[next - 1] : undefined;
    if (last === undefined) return this.#startBoundary(source);
    const boundary = this.#traversal.boundaryPast(last.position);
    return { source: reader.source, boundary, hint: reader.hintAt(next, boundary) };
  }

  #ownBoundaryPast(source: MergedSource<Node>, position: Position): SourceBoundary {
    const { reader } = source;
    if (reader.isCollationUnknown) return this.#lastItemBoundary(source);
    if (this.#beganPast(source, position)) return this.#startBoundary(source);
    const boundary = this.#traversal.boundaryPast(position);
    const hint = reader.hintAt(this.#indexPast(source, position), boundary);
    return { source: reader.source, boundary, hint };
  }

  // In cursors, the hint of an edge is always that of the boundary just after the edge in list order, even if the
  // traversal is backward. One cursor can then be used as `after` and as `before`.
  #hintPast(source: MergedSource<Node>, position: Position): OffsetHint {
    const { reader } = source;
    const index = this.#indexPast(source, position);
    const isOwnBackward = reader.source === position.source && !this.#traversal.forward;
    const boundary = this.#traversal.boundaryPast(position);
    return reader.hintAt(isOwnBackward ? index - 1 : index, boundary);
  }

  /** The index of the first known item of a source that is ahead of a merged position. */
  #indexPast(source: MergedSource<Node>, position: Position): number {
    const { reader } = source;
    if (reader.source === position.source || reader.isCollationUnknown) return source.next;
    const past = this.#traversal.boundaryPast(position);
    for (;;) {
      const item = reader.known[source.boundaryIndex];
      if (item === undefined || this.#traversal.isAhead(item.position, past)) {
        return source.boundaryIndex;
      }
      source.boundaryIndex += 1;
    }
  }
}
