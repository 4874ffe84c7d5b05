import { promisify } from 'node:util';
import { brotliDecompress, gunzip } from 'node:zlib';
import type { WireAnswer } from './dispatcher.ts';

const gunzipBounded = promisify(gunzip);
const brotliBounded = promisify(brotliDecompress);

/** The encodings that `readBody` undoes, as the request offers them. */
export const acceptedEncodings = 'gzip, br';

/** What an answer's body holds; `unreadable` says why for the log, never with a piece of it. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable'; readonly why: string };

const decompress = async (
  body: Buffer,
  encoding: string,
  maxOutputLength: number,
): Promise<Buffer | null> => {
  switch (encoding) {
    case '':
    case 'identity':
      return body;
    case 'gzip':
    case 'x-gzip':
      return gunzipBounded(body, { maxOutputLength });
    case 'br':
      return brotliBounded(body, { maxOutputLength });
    default:
      return null;
  }
};

// A text that could spell the key, plainly or with escapes; the slow parse is for it alone.
const mayHoldPrototypeKey = /__proto__|\\u00[567]/i;

const parseJson = (text: string): unknown =>
  mayHoldPrototypeKey.test(text)
    ? JSON.parse(text, (key, value: unknown) => (key === '__proto__' ? undefined : value))
    : JSON.parse(text);

/**
 * Decompresses and parses an answer's body, whatever its content type says. Bytes that are no UTF-8 become U+FFFD:
 * one odd name must not cost a page. Keys named `__proto__` are dropped. `maxBytes` bounds the decompressed size.
 */
export const readBody = async (answer: WireAnswer, maxBytes: number): Promise<Body> => {
  if (answer.body === null) return { kind: 'unreadable', why: 'too large or cut off' };
  if (answer.body.length === 0) return { kind: 'empty' };
  const encoding = (answer.headers['content-encoding'] ?? '').trim().toLowerCase();
  try {
    const bytes = await decompress(answer.body, encoding, maxBytes);
    if (bytes === null) return { kind: 'unreadable', why: 'unknown content encoding' };
    const text = bytes.toString('utf8');
    return { kind: 'json', value: parseJson(text.startsWith('\uFEFF') ? text.slice(1) : text) };
  } catch (error) {
    // The parser's own message quotes the text.
    const why = error instanceof SyntaxError ? 'no JSON' : 'not decodable within the size bound';
    return { kind: 'unreadable', why };
  }
};
