import type { Boundary, Position } from '../position.ts';
import type { OffsetHint } from '../source/offset-hint.ts';

/** What a cursor says of one source. */
export interface SourceBoundary {
  readonly source: string;
  /**
   * The boundary from which the source continues, if it is not that of the cursor's edge: the source failed, or it is
   * ahead of a source that failed before. Null: the boundary of the edge.
   */
  readonly boundary: Boundary | null;
  readonly hint: OffsetHint | null;
}

/**
 * A boundary of the merged order. A cursor grants nothing: with an altered one, a caller reads only what the caller may
 * read anyway.
 */
export interface Cursor {
  /** The position of the cursor's edge. Null if the page was cut short and has no edge. */
  readonly anchor: Position | null;
  readonly boundaries: readonly SourceBoundary[];
}
