import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { BadCursorError } from '../../domain/errors.ts';
import type { SortDirection } from '../../domain/list.ts';
import type { Boundary, InferredFrom, Key, OversizedTies, Position } from '../position.ts';
import { largestOffset, type OffsetHint } from '../source/offset-hint.ts';
import type { ConnectionOrder, CursorBinding, PartialCursorBinding } from '../types.ts';
import { ByteReader, MalformedBytesError } from './bytes.ts';
import type { Cursor } from './cursor.ts';
import {
  bindingDigests,
  checksumLength,
  digestLength,
  hintFlags,
  inferredFlags,
  passedFlags,
  positionFlags,
  version,
} from './format.ts';

const readDirection = (reader: ByteReader): SortDirection =>
  reader.byte() === 0 ? 'ascending' : 'descending';

const readIds = (reader: ByteReader) => reader.list(() => reader.id());

const readKey = (reader: ByteReader): Key => {
  const kind = reader.byte();
  if (kind === 0) return null;
  return kind === 1 ? reader.integer() : reader.text();
};

const inferredOf = (flags: number): InferredFrom | null => {
  if ((flags & inferredFlags.above) !== 0) return 'above';
  return (flags & inferredFlags.below) === 0 ? null : 'below';
};

const readOversizedTies = (reader: ByteReader): OversizedTies => {
  const direction = readDirection(reader);
  const lower = readIds(reader);
  const higher = readIds(reader);
  const flags = reader.byte();
  if (flags === 0) return { direction, lower, higher, passed: null };
  const forward = (flags & passedFlags.forward) !== 0;
  const side = forward === ((flags & passedFlags.itemIsAhead) !== 0) ? 'before' : 'after';
  const passed = { forward, side, inferredFrom: inferredOf(flags), id: reader.id() } as const;
  return { direction, lower, higher, passed };
};

const readPosition = (reader: ByteReader): Position => {
  const flags = reader.byte();
  return {
    isFirstTie: (flags & positionFlags.firstTie) !== 0,
    isLastTie: (flags & positionFlags.lastTie) !== 0,
    inferredFrom: inferredOf(flags),
    key: readKey(reader),
    source: reader.text(),
    id: reader.id(),
    oversizedTies:
      (flags & positionFlags.oversizedTies) === 0 ? undefined : readOversizedTies(reader),
  };
};

const readBoundary = (reader: ByteReader): Boundary | null => {
  const kind = reader.byte();
  if (kind === 0) return null;
  if (kind < 3) return kind === 1 ? 'start' : 'end';
  return { side: kind === 3 ? 'before' : 'after', at: readPosition(reader) };
};

const readHint = (reader: ByteReader): OffsetHint | null => {
  const flags = reader.byte();
  if (flags === 0) return null;
  const direction = readDirection(reader);
  const readCount = () => reader.count(largestOffset);
  const [offset, lower, higher] = [readCount(), readCount(), readCount()];
  const [count, clamp] = [readCount(), readCount()];
  const hasNeighbours = (flags & hintFlags.neighbours) !== 0;
  return {
    direction,
    offset,
    lower,
    higher,
    totalCount: count === 0 ? null : count - 1,
    clamp: clamp === 0 ? null : clamp,
    isCollationUnknown: (flags & hintFlags.collationUnknown) !== 0,
    neighbours: hasNeighbours ? { lower: readIds(reader), higher: readIds(reader) } : null,
  };
};

const readCursor = (reader: ByteReader): Cursor => {
  const anchor = reader.byte() === 0 ? null : readPosition(reader);
  const boundaries = reader.list(() => ({
    source: reader.text(),
    boundary: readBoundary(reader),
    hint: readHint(reader),
  }));
  reader.end();
  return { anchor, boundaries };
};

const listNames = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/**
 * Decodes a cursor that was given as an argument. Throws BadCursorError if it is malformed or altered, or if it belongs
 * to another connection, organization, filter or order; the message names which. The organization is not compared if it
 * is not known yet.
 */
export const decodeCursor = (
  argument: 'after' | 'before',
  text: string,
  binding: CursorBinding | PartialCursorBinding,
  order: ConnectionOrder,
): Cursor => {
  const malformed = () =>
    new BadCursorError(
      argument,
      `"${argument}" is not a valid cursor: use a cursor from edges or pageInfo.`,
    );
  const bytes = Buffer.from(text, 'base64url');
  const content = bytes.subarray(0, -checksumLength);
  // Several texts decode to the same bytes. Only the text that the encoder made is accepted.
  const isWhole = bytes.toString('base64url') === text && bytes.length > checksumLength;
  if (!isWhole || bytes.readUInt32BE(content.length) !== crc32(content) || content[0] !== version) {
    throw malformed();
  }
  try {
    const reader = new ByteReader(content.subarray(1));
    const differing = bindingDigests(binding, order)
      .filter(([, expected]) => !reader.bytes(digestLength).equals(expected))
      .map(([name]) => name)
      .filter((name) => name !== 'organization' || 'organizationId' in binding);
    if (differing.length > 0) {
      throw new BadCursorError(
        argument,
        `"${argument}" is a cursor of another ${listNames(differing)}: use it with what it was given out for.`,
      );
    }
    return readCursor(reader);
  } catch (error) {
    if (error instanceof MalformedBytesError) throw malformed();
    throw error;
  }
};
