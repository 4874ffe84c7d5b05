import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import { joinedHeader, type WireAnswer } from './dispatcher.ts';

const gunzipBounded = promisify(gunzip);
const brotliBounded = promisify(brotliDecompress);

/** The encodings that `readBody` undoes, as the request offers them. */
export const acceptedEncodings = 'gzip, br';

/** What an answer's body holds; `unreadable` says why for the log, never with a piece of it. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Registered codings that were not offered: what comes in one of them cannot be read. */
const otherCodings: readonly string[] = ['compress', 'deflate', 'zstd', 'dcb', 'dcz', 'exi'];

/** More than any server applies; each costs the time of a decompression. */
const mostCodings = 4;

/** The codings of a body in the order in which they were applied; what is no coding (`identity`, `utf-8`) is left out. */
const codingsOf = ({ headers }: WireAnswer): readonly string[] =>
  joinedHeader(headers, 'content-encoding')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim().replace(/^x-/, ''))
    .filter((name) => name === 'gzip' || name === 'br' || otherCodings.includes(name));

const decompress = async (
  body: Buffer,
  codings: readonly string[],
  maxOutputLength: number,
): Promise<Buffer | null> => {
  if (codings.length > mostCodings || codings.some((name) => otherCodings.includes(name))) {
    return null;
  }
  let bytes = body;
  let undone: string | null = null;
  for (const coding of codings.toReversed()) {
    const undo = coding === 'gzip' ? gunzipBounded : brotliBounded;
    try {
      bytes = await undo(bytes, { maxOutputLength });
    } catch (error) {
      // Two proxies may each have named the coding that was applied once.
      if (coding !== undone) throw error;
    }
    undone = coding;
  }
  return bytes;
};

const escapedPrototypeKey = /\\u00[567]/;

/** Whether a text could spell the key, plainly or with escapes; looked for in the bytes, which is quick. */
const mayHoldPrototypeKey = (bytes: Buffer, text: string): boolean =>
  bytes.includes('__proto__') || (bytes.includes('\\u00') && escapedPrototypeKey.test(text));

const withoutPrototypeKey = (key: string, value: unknown): unknown =>
  key === '__proto__' ? undefined : value;

const parseJson = (bytes: Buffer): unknown => {
  const text = bytes.toString('utf8');
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  // The slow parse is for texts that need it.
  return mayHoldPrototypeKey(bytes, json)
    ? JSON.parse(json, withoutPrototypeKey)
    : JSON.parse(json);
};

/**
 * Undoes the codings of an answer's body and parses it, whatever its content type says. Bytes that are no UTF-8 become U+FFFD:
 * one odd name must not cost a page. Keys named `__proto__` are dropped. `maxBytes` bounds the decompressed size.
 */
export const readBody = async (answer: WireAnswer, maxBytes: number): Promise<Body> => {
  if (answer.body === null) return { kind: 'unreadable', why: 'too large or cut off' };
  if (answer.body.length === 0) return { kind: 'empty' };
  try {
    const bytes = await decompress(answer.body, codingsOf(answer), maxBytes);
    if (bytes === null) return { kind: 'unreadable', why: 'unknown content encoding' };
    return { kind: 'json', value: parseJson(bytes) };
  } catch (error) {
    // The parser's own message quotes the text.
    const why = error instanceof SyntaxError ? 'no JSON' : 'not decodable within the size bound';
    return { kind: 'unreadable', why };
  }
};
