import type { SortDirection } from '../../domain/list.ts';
import type { Boundary, InferredFrom, Key, OversizedTies, Position } from '../position.ts';
import type { Neighbours } from '../source/neighbours.ts';
import { largestOffset, type OffsetHint } from '../source/offset-hint.ts';
import type { Coder } from './bytes.ts';
import type { Cursor, SourceBoundary } from './cursor.ts';

/*
 * Each function describes the bytes of one part of a cursor, both for writing and for reading. `given` is undefined while
 * a cursor is read. Cursors that were given out must stay readable: another format needs another `version`.
 */

/** The first byte of a cursor. */
export const version = 1;

const hasBit = (flags: number, bit: number): boolean => (flags & bit) !== 0;

/** `bit` if it is to be set, else 0. */
const bitIf = (isSet: boolean | undefined, bit: number): number => (isSet === true ? bit : 0);

const bitOfInferred = (from: InferredFrom | null | undefined): number =>
  bitIf(from === 'above', 8) + bitIf(from === 'below', 16);

const inferredOf = (flags: number): InferredFrom | null => {
  if (hasBit(flags, 8)) return 'above';
  return hasBit(flags, 16) ? 'below' : null;
};

const directions = ['ascending', 'descending'] as const;

const codeDirection = (coder: Coder, given: SortDirection = 'ascending'): SortDirection =>
  coder.oneOf(directions, given);

/** Ids before and after an item or a boundary. */
const codeNeighbours = (coder: Coder, given?: Neighbours | null): Neighbours => {
  const codeIds = (ids?: readonly string[]) => coder.list(ids, (id) => coder.id(id));
  return { lower: codeIds(given?.lower), higher: codeIds(given?.higher) };
};

const keyKinds = [null, 'number', 'text'] as const;

const codeKey = (coder: Coder, given?: Key): Key => {
  const isText = typeof given === 'string';
  const kind = coder.oneOf(keyKinds, isText ? 'text' : typeof given === 'number' ? 'number' : null);
  if (kind === null) return null;
  return kind === 'number' ? coder.integer(Number(given)) : coder.text(isText ? given : undefined);
};

const codePassed = (coder: Coder, given?: OversizedTies['passed']): OversizedTies['passed'] => {
  const flags = coder.byte(
    given
      ? bitIf(given.forward, 1) +
          bitIf(!given.forward, 2) +
          bitIf(given.forward === (given.side === 'before'), 4) +
          bitOfInferred(given.inferredFrom)
      : 0,
  );
  if (flags === 0) return null;
  const forward = hasBit(flags, 1);
  return {
    forward,
    side: forward === hasBit(flags, 4) ? 'before' : 'after',
    inferredFrom: inferredOf(flags),
    id: coder.id(given?.id),
  };
};

const codeOversizedTies = (coder: Coder, given?: OversizedTies): OversizedTies => ({
  direction: codeDirection(coder, given?.direction),
  ...codeNeighbours(coder, given),
  passed: codePassed(coder, given?.passed),
});

const codePosition = (coder: Coder, given?: Position): Position => {
  const flags = coder.byte(
    bitIf(given?.isFirstTie, 1) +
      bitIf(given?.isLastTie, 2) +
      bitIf(given?.oversizedTies !== undefined, 4) +
      bitOfInferred(given?.inferredFrom),
  );
  return {
    isFirstTie: hasBit(flags, 1),
    isLastTie: hasBit(flags, 2),
    inferredFrom: inferredOf(flags),
    key: codeKey(coder, given?.key),
    source: coder.text(given?.source),
    id: coder.id(given?.id),
    oversizedTies: hasBit(flags, 4) ? codeOversizedTies(coder, given?.oversizedTies) : undefined,
  };
};

const boundaryKinds = [null, 'start', 'end', 'before', 'after'] as const;

const codeBoundary = (coder: Coder, given: Boundary | null = null): Boundary | null => {
  const beside = typeof given === 'object' ? given : null;
  const kind = coder.oneOf(
    boundaryKinds,
    typeof given === 'string' ? given : (beside?.side ?? null),
  );
  return kind === 'before' || kind === 'after'
    ? { side: kind, at: codePosition(coder, beside?.at) }
    : kind;
};

const codeOffset = (coder: Coder, given = 0): number =>
  coder.count(Math.min(given, largestOffset), largestOffset);

/** A total is written plus 1, and 0 stands for null. The API may send any total. */
const codeTotal = (coder: Coder, given?: number | null): number | null => {
  const isPlausible = typeof given === 'number' && given < largestOffset;
  const next = coder.count(isPlausible ? Math.max(0, given) + 1 : 0, largestOffset);
  return next === 0 ? null : next - 1;
};

const codeHint = (coder: Coder, given?: OffsetHint | null): OffsetHint | null => {
  const flags = coder.byte(
    bitIf(Boolean(given), 1) +
      bitIf(given?.isCollationUnknown, 2) +
      bitIf(Boolean(given?.neighbours), 4),
  );
  if (flags === 0) return null;
  return {
    direction: codeDirection(coder, given?.direction),
    offset: codeOffset(coder, given?.offset),
    lower: codeOffset(coder, given?.lower),
    higher: codeOffset(coder, given?.higher),
    totalCount: codeTotal(coder, given?.totalCount),
    clamp: coder.count(given?.clamp ?? 0, largestOffset) || null,
    isCollationUnknown: hasBit(flags, 2),
    neighbours: hasBit(flags, 4) ? codeNeighbours(coder, given?.neighbours) : null,
  };
};

const codeSource = (coder: Coder, given?: SourceBoundary): SourceBoundary => ({
  source: coder.text(given?.source),
  boundary: codeBoundary(coder, given?.boundary),
  hint: codeHint(coder, given?.hint),
});

/** Writes what a cursor says, or reads it. */
export const codeCursor = (coder: Coder, given?: Cursor): Cursor => {
  const anchor = given?.anchor ?? undefined;
  return {
    anchor: coder.byte(anchor ? 1 : 0) === 0 ? null : codePosition(coder, anchor),
    boundaries: coder.list(given?.boundaries, (source) => codeSource(coder, source)),
  };
};
