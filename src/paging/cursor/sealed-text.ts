import { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { canonicalText } from '../../domain/canonical-input.ts';
import type { ByteWriter } from './bytes.ts';

/*
 * A sealed text is base64url of bytes and their checksum. The checksum is against accidents. It is no signature: cursors
 * grant nothing, and a page needs one for each edge.
 */
const checksumLength = 4;

/** The length of `bindingDigest`, in bytes. */
export const digestLength = 4;

/** Ends the writer's bytes with their checksum, and returns them as text. */
export const sealText = (writer: ByteWriter): string => {
  const checksum = crc32(writer.toBuffer());
  for (const shift of [24, 16, 8, 0]) writer.byte((checksum >>> shift) & 0xff);
  return writer.toBuffer().toString('base64url');
};

/** The bytes of a sealed text without their checksum; null if `sealText` did not make this text. */
export const openText = (text: string): Buffer | null => {
  const bytes = Buffer.from(text, 'base64url');
  // Several texts decode to the same bytes. Only the text that was sealed is accepted.
  if (bytes.length <= checksumLength || bytes.toString('base64url') !== text) return null;
  const checked = bytes.subarray(0, -checksumLength);
  return bytes.readUInt32BE(checked.length) === crc32(checked) ? checked : null;
};

/** The digest of something that a cursor is bound to. */
export const bindingDigest = (name: string, value: unknown): Buffer =>
  hash('sha256', canonicalText([name, value]), 'buffer').subarray(0, digestLength);
