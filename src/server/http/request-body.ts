import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { badRequest, HttpError } from './http-error.ts';
import type { RequestCapacity } from './request-capacity.ts';

/** A body that is being received. */
export interface IncomingBody {
  /** Resolves with the text, with null if the client left before the end, or with an error. Never rejects. */
  readonly text: Promise<string | Error | null>;
  /** Releases the memory that the body has reserved. */
  readonly release: () => void;
}

type Decompress = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Buffer;

/**
 * Synchronous, so that only one decoder exists at a time: one for Brotli takes up to 16 MB. A body of 256 KiB takes a
 * millisecond.
 */
const decompressors: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

const jsonTypes: ReadonlySet<string> = new Set(['application/json', 'application/graphql+json']);

const tooLarge = (maxBytes: number): HttpError =>
  new HttpError(
    413,
    'REQUEST_ENTITY_TOO_LARGE',
    `The body is too large: at most ${maxBytes / 1024} KiB are allowed, after decompression. Send less, or several requests.`,
  );

/** Whether the client waits for `100 Continue` before it sends the body. HTTP/1.0 does not have this. */
export const awaitsContinue = ({ headers, httpVersion }: IncomingMessage): boolean =>
  headers.expect !== undefined && httpVersion === '1.1';

const encodingOf = ({ headers }: IncomingMessage): string => {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  return encoding === 'identity' ? '' : encoding;
};

const isJson = (contentType = ''): boolean => {
  const [type = ''] = contentType.split(';');
  return jsonTypes.has(type.trim().toLowerCase());
};

/**
 * The reason to refuse a body before it is read; null if there is none. A page of another site can send JSON only after
 * a preflight request, so a POST needs no other proof.
 */
export const bodyFault = (request: IncomingMessage, maxBytes: number): HttpError | null => {
  if (!isJson(request.headers['content-type'])) {
    return badRequest('Send the operation as JSON, with the content type application/json.', 415);
  }
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
    throw badRequest(`The body does not match its content encoding: it is not ${encoding}.`);
  }
};

const hasByteOrderMark = (bytes: Buffer): boolean =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;

const decode = (bytes: Buffer): string => {
  if (!isUtf8(bytes)) throw badRequest('The body is not encoded in UTF-8. Send it in UTF-8.');
  return bytes.toString('utf8', hasByteOrderMark(bytes) ? 3 : 0);
};

/**
 * Collects bytes in one buffer: a body may arrive one byte at a time, and each separate chunk takes 200 bytes. `grow` is
 * called before memory is allocated, and throws if no more is available.
 */
const createCollector = (maxBytes: number, grow: (bytes: number) => void) => {
  let memory: Buffer = Buffer.alloc(0);
  let size = 0;
  return {
    add: (chunk: Buffer): void => {
      const needed = size + chunk.length;
      if (needed > maxBytes) throw tooLarge(maxBytes);
      if (size === 0) {
        // Most bodies arrive in one chunk, which needs no copy.
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
 * order mark. After an error, the rest of the body is read and dropped.
 */
export const readBody = (
  request: IncomingMessage,
  maxBytes: number,
  { reserveBytes }: RequestCapacity,
): IncomingBody => {
  const releases: (() => void)[] = [];
  const grow = (bytes: number): void => {
    releases.push(reserveBytes(bytes));
  };
  const release = (): void => {
    for (const releaseBytes of releases.splice(0)) releaseBytes();
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
