import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { badRequest, HttpError } from './http-error.ts';
import type { RequestCapacity } from './request-capacity.ts';

/** A body while it arrives. */
export interface IncomingBody {
  /** Its text; null if the client left before its end. Never rejects: what is wrong with it is its value. */
  readonly text: Promise<string | Error | null>;
  /** Gives back the memory that it is counted with. */
  readonly release: () => void;
}

type Decompress = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

/**
 * Synchronous on purpose: a body of 256 KiB takes a millisecond, and a decoder of Brotli holds up to 16 MB, of which
 * there is one at a time.
 */
const decompressors: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

const tooLarge = (maxBytes: number): HttpError =>
  new HttpError(
    413,
    'REQUEST_ENTITY_TOO_LARGE',
    `The body is too large: at most ${maxBytes / 1024} KiB are allowed, after decompression. Send less, or several requests.`,
  );

const encodingOf = ({ headers }: IncomingMessage): string => {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  return encoding === 'identity' ? '' : encoding;
};

/** Why a body is refused before it is read; null if it is not. */
export const bodyFault = (request: IncomingMessage, maxBytes: number): HttpError | null => {
  const encoding = encodingOf(request);
  if (encoding !== '' && !decompressors.has(encoding)) {
    const message =
      'The content encoding of the body is not supported. Send it with one of those in Accept-Encoding, or with none.';
    return badRequest(message, 415, { 'accept-encoding': 'gzip, deflate, br' });
  }
  return Number(request.headers['content-length'] ?? 0) > maxBytes ? tooLarge(maxBytes) : null;
};

const decompress = (bytes: Buffer, encoding: string, maxBytes: number): Buffer => {
  const run = decompressors.get(encoding);
  if (run === undefined || bytes.length === 0) return bytes;
  try {
    return run(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(maxBytes);
    throw badRequest(`The body is not what its content encoding says: it is no ${encoding}.`);
  }
};

/** The byte order mark in UTF-8. */
const hasMark = (bytes: Buffer): boolean =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

const decode = (bytes: Buffer): string => {
  if (!isUtf8(bytes)) throw badRequest('The body is not encoded in UTF-8. Send it in UTF-8.');
  return bytes.toString('utf8', hasMark(bytes) ? 3 : 0);
};

/**
 * Collects bytes in one piece of memory, as a body may arrive one byte at a time and each piece takes 200 bytes.
 * `grow` is told of all memory before it is taken, and throws if there is no more.
 */
const createCollector = (maxBytes: number, grow: (bytes: number) => void) => {
  let memory: Buffer = Buffer.alloc(0);
  let size = 0;
  return {
    add: (chunk: Buffer): void => {
      const needed = size + chunk.length;
      if (needed > maxBytes) throw tooLarge(maxBytes);
      if (size === 0) {
        // Most bodies arrive whole and are not copied.
        grow(needed);
        memory = chunk;
      } else {
        if (needed > memory.length) {
          const capacity = Math.min(maxBytes, needed * 2);
          grow(capacity - memory.length);
          memory = Buffer.concat([memory.subarray(0, size)], capacity);
        }
        chunk.copy(memory, size);
      }
      size = needed;
    },
    bytes: (): Buffer => memory.subarray(0, size),
  };
};

const toError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/**
 * Reads a body that has no `bodyFault`: at most `maxBytes`, before and after decompression, as UTF-8 without its byte
 * order mark. What follows a fault is read and dropped.
 */
export const readBody = (
  request: IncomingMessage,
  maxBytes: number,
  { reserveBytes: hold }: RequestCapacity,
): IncomingBody => {
  const releases: (() => void)[] = [];
  const grow = (bytes: number): void => {
    releases.push(hold(bytes));
  };
  const release = (): void => {
    for (const giveBack of releases.splice(0)) giveBack();
  };
  const encoding = encodingOf(request);
  const collector = createCollector(maxBytes, grow);
  const text = new Promise<string | Error | null>((resolve) => {
    const take = (chunk: Buffer): void => {
      try {
        collector.add(chunk);
      } catch (error) {
        request.off('data', take).off('end', finish);
        release();
        resolve(toError(error));
      }
    };
    const finish = (): void => {
      try {
        const bytes = decompress(collector.bytes(), encoding, maxBytes);
        if (encoding !== '') grow(bytes.length);
        resolve(decode(bytes));
      } catch (error) {
        resolve(toError(error));
      }
    };
    request.on('data', take).once('end', finish);
    request.once('close', () => resolve(null));
  });
  return { text, release };
};
