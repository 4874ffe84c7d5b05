import { Buffer } from 'node:buffer';
import { BadCursorError } from '../../domain/errors.ts';
import type { ConnectionOrder, CursorBinding, PartialCursorBinding } from '../types.ts';
import { ByteReader, ByteWriter, MalformedBytesError } from './bytes.ts';
import type { Cursor } from './cursor.ts';
import { codeCursor, version } from './format.ts';
import { bindingDigest, digestLength, openText, sealText } from './sealed-text.ts';

// The bytes of a cursor are the version, four digests that bind the cursor, and its content.

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
  return parts.map(([name, value]) => [name, bindingDigest(name, value)] as const);
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
    return sealText(writer);
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
  const bytes = openText(text);
  if (bytes?.[0] !== version) throw malformed();
  try {
    const reader = new ByteReader(bytes.subarray(1));
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
