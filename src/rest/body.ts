import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import type { WireAnswer } from './dispatcher.ts';

const gunzipBounded = promisify(gunzip);
const brotliBounded = promisify(brotliDecompress);

/** The content encodings that `readBody` supports, for the request's `Accept-Encoding`. */
export const acceptedEncodings = 'gzip, br';

/** The content of an answer's body. `why` is for the log and quotes nothing of the body. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Registered codings that the request does not offer and that `readBody` does not support. */
const unsupportedCodings: readonly string[] = ['compress', 'deflate', 'zstd', 'dcb', 'dcz', 'exi'];

/** No server applies more codings, and each takes the time of a decompression. */
const maxCodings = 4;

/** The codings of a body in the order in which they were applied. Values that are no coding (`identity`, `utf-8`) are left out. */
const codingsOf = ({ headers }: WireAnswer): readonly string[] =>
  [headers['content-encoding'] ?? []]
    .flat()
    .flatMap((line) => line.toLowerCase().split(','))
    .map((name) => name.trim().replace(/^x-/, ''))
    .filter((name) => name === 'gzip' || name === 'br' || unsupportedCodings.includes(name));

const decompress = async (
  body: Buffer,
  codings: readonly string[],
  maxOutputLength: number,
): Promise<Buffer | null> => {
  if (codings.length > maxCodings || codings.some((name) => unsupportedCodings.includes(name))) {
    return null;
  }
  let bytes = body;
  let previous: string | null = null;
  for (const coding of codings.toReversed()) {
    const decode = coding === 'gzip' ? gunzipBounded : brotliBounded;
    try {
      bytes = await decode(bytes, { maxOutputLength });
    } catch (error) {
      // Two proxies may each have named a coding that was applied only once.
      if (coding !== previous) throw error;
    }
    previous = coding;
  }
  return bytes;
};

const escapedPrototypeKey = /\\u00[567]/;

/** Whether a text may contain the key, plain or escaped. Searching the bytes is faster than searching the text. */
const mayHoldPrototypeKey = (bytes: Buffer, text: string): boolean =>
  bytes.includes('__proto__') || (bytes.includes('\\u00') && escapedPrototypeKey.test(text));

const withoutPrototypeKey = (key: string, value: unknown): unknown =>
  key === '__proto__' ? undefined : value;

const parseJson = (bytes: Buffer): unknown => {
  const text = bytes.toString('utf8');
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  // A reviver makes parsing slow, so it is used only if needed.
  return mayHoldPrototypeKey(bytes, json)
    ? JSON.parse(json, withoutPrototypeKey)
    : JSON.parse(json);
};

/**
 * Decompresses an answer's body and parses it as JSON, whatever its content type is. Bytes that are not UTF-8 become
 * U+FFFD, so that one invalid name does not make a page unreadable. Keys named `__proto__` are dropped. `maxBytes` bounds
 * the decompressed size.
 */
export const readBody = async (answer: WireAnswer, maxBytes: number): Promise<Body> => {
  if (answer.body === null) return { kind: 'unreadable', why: 'too large or cut off' };
  if (answer.body.length === 0) return { kind: 'empty' };
  try {
    const bytes = await decompress(answer.body, codingsOf(answer), maxBytes);
    if (bytes === null) return { kind: 'unreadable', why: 'unknown content encoding' };
    return { kind: 'json', value: parseJson(bytes) };
  } catch (error) {
    // The parser's own message is not used, since it quotes the text.
    const why = error instanceof SyntaxError ? 'no JSON' : 'not decodable within the size bound';
    return { kind: 'unreadable', why };
  }
};
