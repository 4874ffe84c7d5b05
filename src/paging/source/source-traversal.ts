import type { SortDirection } from '../../domain/list.ts';
import type { Traversal } from '../traversal.ts';
import type { KeyComparison } from '../types.ts';
import type { Span } from './span.ts';

/**
 * How one source's list is traversed.
 *
 * The sign convention: all offsets inside paging are *traversal offsets*, which grow in the direction of the traversal.
 * If the list is requested in that direction, they equal the offsets of the list. If it is requested in the other
 * direction, they are the offsets of the list, mirrored at 0: a boundary with n items before it has the offset -n, and
 * the item with n items before it, which fills the span from n to n + 1, has the offset -n - 1. Offsets of the list
 * appear in two places only: in the pages that a source is asked for, and in the offset hints of cursors. The functions
 * below convert in both ways.
 */
export interface SourceTraversal {
  readonly source: string;
  readonly comparison: KeyComparison;
  readonly traversal: Traversal;
  /** The sort direction that the source is asked for. */
  readonly direction: SortDirection;
  /** Whether that is not the direction of the traversal. */
  readonly isReversed: boolean;
}

type Mirroring = Pick<SourceTraversal, 'isReversed'>;

/** Converts the offset of a boundary: from the list's to the traversal's, or back. */
export const mirrorOffset = ({ isReversed }: Mirroring, offset: number): number =>
  isReversed ? -offset : offset;

/** Converts the offset of an item: from the list's to the traversal's, or back. */
export const mirrorItemOffset = ({ isReversed }: Mirroring, offset: number): number =>
  isReversed ? -offset - 1 : offset;

/** Converts a span: from the list's to the traversal's, or back. */
export const mirrorSpan = ({ isReversed }: Mirroring, { start, end }: Span): Span =>
  isReversed ? { start: -end, end: -start } : { start, end };
