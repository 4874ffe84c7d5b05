import { Buffer } from 'node:buffer';
import { crc32 } from 'node:zlib';
import type { SortDirection } from '../../domain/list.ts';
import type { Boundary, InferredFrom, Key, OversizedTies, Position } from '../position.ts';
import { largestOffset, type OffsetHint } from '../source/offset-hint.ts';
import type { ConnectionOrder, CursorBinding } from '../types.ts';
import { ByteWriter } from './bytes.ts';
import type { Cursor } from './cursor.ts';
import {
  bindingDigests,
  checksumLength,
  hintFlags,
  inferredFlags,
  passedFlags,
  positionFlags,
  version,
} from './format.ts';

/** A checksum against accidents. It is no signature: a cursor grants nothing, and a page needs one for each edge. */
const checksum = (content: Uint8Array): Buffer => {
  const bytes = Buffer.allocUnsafe(checksumLength);
  bytes.writeUInt32BE(crc32(content));
  return bytes;
};

const writeDirection = (writer: ByteWriter, direction: SortDirection) =>
  writer.byte(direction === 'ascending' ? 0 : 1);

const writeIds = (writer: ByteWriter, ids: readonly string[]) =>
  writer.list(ids, (id) => writer.id(id));

const writeKey = (writer: ByteWriter, key: Key) => {
  if (key === null) writer.byte(0);
  else if (typeof key === 'number') writer.byte(1).integer(key);
  else writer.byte(2).text(key);
};

const flagOfInferred = (inferred: InferredFrom | null | undefined): number =>
  inferred ? inferredFlags[inferred] : 0;

const writeOversizedTies = (
  writer: ByteWriter,
  { direction, lower, higher, passed }: OversizedTies,
) => {
  writeDirection(writer, direction);
  writeIds(writer, lower);
  writeIds(writer, higher);
  if (passed === null) {
    writer.byte(0);
    return;
  }
  const { forward, side, inferredFrom, id } = passed;
  const base = forward ? passedFlags.forward : passedFlags.backward;
  const ahead = forward === (side === 'before') ? passedFlags.itemIsAhead : 0;
  writer.byte(base + ahead + flagOfInferred(inferredFrom)).id(id);
};

const writePosition = (writer: ByteWriter, position: Position) => {
  const { key, source, id, inferredFrom, isFirstTie, isLastTie, oversizedTies } = position;
  const first = isFirstTie === true ? positionFlags.firstTie : 0;
  const last = isLastTie === true ? positionFlags.lastTie : 0;
  const oversized = oversizedTies === undefined ? 0 : positionFlags.oversizedTies;
  writer.byte(first + last + oversized + flagOfInferred(inferredFrom));
  writeKey(writer, key);
  writer.text(source).id(id);
  if (oversizedTies !== undefined) writeOversizedTies(writer, oversizedTies);
};

const writeBoundary = (writer: ByteWriter, boundary: Boundary | null) => {
  if (boundary === null) writer.byte(0);
  else if (boundary === 'start') writer.byte(1);
  else if (boundary === 'end') writer.byte(2);
  else writePosition(writer.byte(boundary.side === 'before' ? 3 : 4), boundary.at);
};

const writeHint = (writer: ByteWriter, hint: OffsetHint | null) => {
  if (hint === null) {
    writer.byte(0);
    return;
  }
  const { offset, lower, higher, totalCount, clamp, neighbours, isCollationUnknown } = hint;
  const collation = isCollationUnknown ? hintFlags.collationUnknown : 0;
  writer.byte(hintFlags.some + collation + (neighbours === null ? 0 : hintFlags.neighbours));
  writeDirection(writer, hint.direction);
  for (const count of [offset, lower, higher]) writer.integer(Math.min(count, largestOffset));
  // Zero stands for null: a clamp is at least 1, and the total is written plus 1. The API may send any total.
  const isPlausible = totalCount !== null && totalCount < largestOffset;
  writer.integer(isPlausible ? Math.max(0, totalCount) + 1 : 0).integer(clamp ?? 0);
  if (neighbours !== null) {
    writeIds(writer, neighbours.lower);
    writeIds(writer, neighbours.higher);
  }
};

/** Encodes cursors of one connection, organization, filter and order as text. */
export type EncodeCursor = (cursor: Cursor) => string;

/** Creates the encoder of cursors that are bound to this connection, organization, filter and order. */
export const createCursorEncoder = (
  binding: CursorBinding,
  order: ConnectionOrder,
): EncodeCursor => {
  let digests: Buffer | null = null;
  return ({ anchor, boundaries }) => {
    digests ??= Buffer.concat(bindingDigests(binding, order).map(([, bytes]) => bytes));
    const writer = new ByteWriter().byte(version).bytes(digests);
    writer.byte(anchor === null ? 0 : 1);
    if (anchor !== null) writePosition(writer, anchor);
    writer.list(boundaries, ({ source, boundary, hint }) => {
      writer.text(source);
      writeBoundary(writer, boundary);
      writeHint(writer, hint);
    });
    const content = writer.toBuffer();
    return Buffer.concat([content, checksum(content)]).toString('base64url');
  };
};
