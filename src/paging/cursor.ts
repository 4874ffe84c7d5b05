import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { canonicalText } from '../domain/canonical-input.ts';
import { BadCursorError } from '../domain/errors.ts';
import type { SortDirection } from '../domain/list.ts';
import { ByteReader, ByteWriter, MalformedBytesError } from './bytes.ts';
import type { FeedBinding, FeedOrder, FeedSubject } from './feed.ts';
import { type Hint, mostPositions } from './hint.ts';
import type { CrowdPosition, Gap, InferredFrom, Key, Place } from './order.ts';

/** What a cursor says of one source. */
export interface SourcePosition {
  readonly source: string;
  /** Where the source's own walk stands, where that is not at the cursor's edge: it failed, or is ahead since. */
  readonly gap: Gap | null;
  readonly hint: Hint | null;
}

/** A place in the merged order. It grants nothing: whoever alters one reads no more than the caller may. */
export interface Cursor {
  /** The edge that the cursor stands on; null where a page that was cut short has none. */
  readonly at: Place | null;
  readonly positions: readonly SourcePosition[];
}

const version = 1;
const checksumLength = 4;
const digestLength = 4;

const digest = (content: string): Buffer =>
  hash('sha256', content, 'buffer').subarray(0, digestLength);

/** Against accidents: who means to alter a cursor gains nothing by it. A page of cursors needs one for each. */
const checksum = (content: Uint8Array): Buffer => {
  const bytes = Buffer.allocUnsafe(checksumLength);
  bytes.writeUInt32BE(crc32(content));
  return bytes;
};

/** The digests that bind a cursor, each under the name that an error gives it. */
const bindingDigests = (
  binding: FeedBinding | FeedSubject,
  order: FeedOrder,
): readonly [string, Buffer][] => {
  const organizationId = 'organizationId' in binding ? binding.organizationId : null;
  const parts = [
    ['connection', binding.connection],
    ['organization', organizationId],
    ['filter', binding.filter ?? null],
    ['order', [order.field, order.direction]],
  ] as const;
  return parts.map(([name, value]) => [name, digest(canonicalText([name, value]))]);
};

const writeDirection = (writer: ByteWriter, direction: SortDirection) =>
  writer.byte(direction === 'ascending' ? 0 : 1);
const readDirection = (reader: ByteReader): SortDirection =>
  reader.byte() === 0 ? 'ascending' : 'descending';

const writeIds = (writer: ByteWriter, ids: readonly string[]) =>
  writer.list(ids, (id) => writer.id(id));
const readIds = (reader: ByteReader) => reader.list(() => reader.id());

const writeKey = (writer: ByteWriter, key: Key) => {
  if (key === null) writer.byte(0);
  else if (typeof key === 'number') writer.byte(1).integer(key);
  else writer.byte(2).text(key);
};

const readKey = (reader: ByteReader): Key => {
  const kind = reader.byte();
  if (kind === 0) return null;
  return kind === 1 ? reader.integer() : reader.text();
};

// Bits of a byte that tells more.
const inferredFlags = { above: 8, below: 16 } as const;
const writeInferred = (inferred: InferredFrom | null | undefined) =>
  inferred ? inferredFlags[inferred] : 0;
const readInferred = (flags: number): InferredFrom | null => {
  if ((flags & inferredFlags['above']) !== 0) return 'above';
  return (flags & inferredFlags['below']) === 0 ? null : 'below';
};

// Whether the item at which a group stopped fitting one answer is still to come.
const itemIsAhead = 4;

const writeCrowd = (writer: ByteWriter, { direction, lower, higher, passed }: CrowdPosition) => {
  writeDirection(writer, direction);
  writeIds(writer, lower);
  writeIds(writer, higher);
  if (passed === null) {
    writer.byte(0);
    return;
  }
  const { forward, side, inferredFrom, id } = passed;
  const isAhead = forward === (side === 'before') ? itemIsAhead : 0;
  writer.byte((forward ? 1 : 2) + isAhead + writeInferred(inferredFrom)).id(id);
};

const readCrowd = (reader: ByteReader): CrowdPosition => {
  const direction = readDirection(reader);
  const lower = readIds(reader);
  const higher = readIds(reader);
  const flags = reader.byte();
  if (flags === 0) return { direction, lower, higher, passed: null };
  const forward = flags % 2 === 1;
  const side = forward === ((flags & itemIsAhead) !== 0) ? 'before' : 'after';
  const passed = { forward, side, inferredFrom: readInferred(flags), id: reader.id() } as const;
  return { direction, lower, higher, passed };
};

const placeFlags = { firstTie: 1, lastTie: 2, crowd: 4 } as const;

const writePlace = (writer: ByteWriter, place: Place) => {
  const first = place.isFirstTie === true ? placeFlags.firstTie : 0;
  const last = place.isLastTie === true ? placeFlags.lastTie : 0;
  const inferred = writeInferred(place.inferredFrom);
  writer.byte(first + last + inferred + (place.crowd === undefined ? 0 : placeFlags.crowd));
  writeKey(writer, place.key);
  writer.text(place.source).id(place.id);
  if (place.crowd !== undefined) writeCrowd(writer, place.crowd);
};

const readPlace = (reader: ByteReader): Place => {
  const flags = reader.byte();
  return {
    isFirstTie: (flags & placeFlags.firstTie) !== 0,
    isLastTie: (flags & placeFlags.lastTie) !== 0,
    inferredFrom: readInferred(flags),
    key: readKey(reader),
    source: reader.text(),
    id: reader.id(),
    crowd: (flags & placeFlags.crowd) === 0 ? undefined : readCrowd(reader),
  };
};

const writeGap = (writer: ByteWriter, gap: Gap | null) => {
  if (gap === null) writer.byte(0);
  else if (gap === 'start') writer.byte(1);
  else if (gap === 'end') writer.byte(2);
  else writePlace(writer.byte(gap.side === 'before' ? 3 : 4), gap.at);
};

const readGap = (reader: ByteReader): Gap | null => {
  const kind = reader.byte();
  if (kind === 0) return null;
  if (kind < 3) return kind === 1 ? 'start' : 'end';
  return { side: kind === 3 ? 'before' : 'after', at: readPlace(reader) };
};

const hintFlags = { none: 0, some: 1, foreign: 2, neighbours: 4 } as const;

const writeHint = (writer: ByteWriter, hint: Hint | null) => {
  if (hint === null) {
    writer.byte(hintFlags.none);
    return;
  }
  const { position, lower, higher, totalCount, clamp, neighbours, isForeign } = hint;
  const foreign = isForeign ? hintFlags.foreign : 0;
  writer.byte(hintFlags.some + foreign + (neighbours === null ? 0 : hintFlags.neighbours));
  writeDirection(writer, hint.direction);
  for (const count of [position, lower, higher]) writer.integer(Math.min(count, mostPositions));
  // Zero stands for null: a clamp is at least 1, and a count is written one higher. The API may count anything.
  const isPlausible = totalCount !== null && totalCount < mostPositions;
  writer.integer(isPlausible ? Math.max(0, totalCount) + 1 : 0).integer(clamp ?? 0);
  if (neighbours !== null) {
    writeIds(writer, neighbours.lower);
    writeIds(writer, neighbours.higher);
  }
};

const readHint = (reader: ByteReader): Hint | null => {
  const flags = reader.byte();
  if (flags === hintFlags.none) return null;
  const direction = readDirection(reader);
  const readCount = () => reader.count(mostPositions);
  const [position, lower, higher] = [readCount(), readCount(), readCount()];
  const [count, clamp] = [readCount(), readCount()];
  const hasNeighbours = (flags & hintFlags.neighbours) !== 0;
  return {
    direction,
    position,
    lower,
    higher,
    totalCount: count === 0 ? null : count - 1,
    clamp: clamp === 0 ? null : clamp,
    isForeign: (flags & hintFlags.foreign) !== 0,
    neighbours: hasNeighbours ? { lower: readIds(reader), higher: readIds(reader) } : null,
  };
};

/** Turns cursors of one connection, organization, filter and order into text. */
export type EncodeCursor = (cursor: Cursor) => string;

export const createCursorEncoder = (binding: FeedBinding, order: FeedOrder): EncodeCursor => {
  let digests: Buffer | null = null;
  return ({ at, positions }) => {
    digests ??= Buffer.concat(bindingDigests(binding, order).map(([, bytes]) => bytes));
    const writer = new ByteWriter().byte(version).bytes(digests);
    writer.byte(at === null ? 0 : 1);
    if (at !== null) writePlace(writer, at);
    writer.list(positions, ({ source, gap, hint }) => {
      writer.text(source);
      writeGap(writer, gap);
      writeHint(writer, hint);
    });
    const content = writer.toBuffer();
    return Buffer.concat([content, checksum(content)]).toString('base64url');
  };
};

const readCursor = (reader: ByteReader): Cursor => {
  const at = reader.byte() === 0 ? null : readPlace(reader);
  const positions = reader.list(() => ({
    source: reader.text(),
    gap: readGap(reader),
    hint: readHint(reader),
  }));
  reader.end();
  return { at, positions };
};

const listNames = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;

/**
 * Reads a cursor given as an argument. Throws BadCursorError where it is malformed or altered, or was made for another
 * connection, organization, filter or order: the message names which. An organization that is not known yet is not asked.
 */
export const decodeCursor = (
  argument: 'after' | 'before',
  text: string,
  binding: FeedBinding | FeedSubject,
  order: FeedOrder,
): Cursor => {
  const malformed = () =>
    new BadCursorError(
      argument,
      `"${argument}" is not a cursor as it was given out: take it from edges or pageInfo.`,
    );
  const bytes = Buffer.from(text, 'base64url');
  const content = bytes.subarray(0, -checksumLength);
  // Several texts decode to the same bytes; only the one that was given out is taken.
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
