import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { canonicalText } from '../../domain/canonical-input.ts';
import { BadCursorError } from '../../domain/errors.ts';
import type { ConnectionOrder, CursorBinding, PartialCursorBinding } from '../types.ts';
import { ByteReader, ByteWriter, MalformedBytesError } from './bytes.ts';
import type { Cursor } from './cursor.ts';
import { codeCursor, version } from './format.ts';

/*
 * The text of a cursor is base64url of the version, four digests that bind the cursor, its content, and a checksum. The
 * checksum is against accidents. It is no signature: a cursor grants nothing, and a page needs one for each edge.
 */
const checksumLength = 4;
const digestLength = 4;

/** The digests that bind a cursor, each with the name that an error message gives it. */
const bindingDigests = (
  binding: CursorBinding | PartialCursorBinding,
  order: ConnectionOrder,
): readonly (readonly [string, Buffer])[] => {
  const parts = [
    ['connection', binding.connection],
    ['organization', 'organizationId' in binding ? binding.organizationId : null],
    ['filter', binding.filter ?? null],
    ['order', [order.field, order.direction]],
  ] as const;
  return parts.map(([name, value]) => {
    const digest = hash('sha256', canonicalText([name, value]), 'buffer');
    return [name, digest.subarray(0, digestLength)] as const;
  });
};

/** Encodes cursors of one connection, organization, filter and order as text. */
export type EncodeCursor = (cursor: Cursor) => string;

/** Creates the encoder of cursors that are bound to this connection, organization, filter and order. */
export const createCursorEncoder = (
  binding: CursorBinding,
  order: ConnectionOrder,
): EncodeCursor => {
  const writer = new ByteWriter();
  let digests: Buffer | null = null;
  return (cursor) => {
    digests ??= Buffer.concat(bindingDigests(binding, order).map(([, digest]) => digest));
    writer.clear();
    writer.byte(version);
    writer.bytes(digests);
    codeCursor(writer, cursor);
    const checksum = crc32(writer.toBuffer());
    for (const shift of [24, 16, 8, 0]) writer.byte((checksum >>> shift) & 0xff);
    return writer.toBuffer().toString('base64url');
  };
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
  const checked = bytes.subarray(0, -checksumLength);
  // Several texts decode to the same bytes. Only the text that the encoder made is accepted.
  const isWhole = bytes.toString('base64url') === text && bytes.length > checksumLength;
  if (!isWhole || bytes.readUInt32BE(checked.length) !== crc32(checked) || checked[0] !== version) {
    throw malformed();
  }
  try {
    const reader = new ByteReader(checked.subarray(1));
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
    const cursor = codeCursor(reader);
    reader.end();
    return cursor;
  } catch (error) {
    if (error instanceof MalformedBytesError) throw malformed();
    throw error;
  }
};
