import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { createTaskQueue } from '../../../domain/task-queue.ts';
import { createSharedWork } from '../../../sharing/shared-work.ts';
import { type Encoding, encodingFor, encodings } from './negotiation.ts';

/** Compresses bytes outside the event loop. */
export type Compress = (bytes: Buffer) => Promise<Buffer>;

/** How answers are compressed, by encoding. Empty: they are not. */
export type Compressors = Readonly<Partial<Record<Encoding, Compress>>>;

/** A compressed text. */
export interface CompressedText {
  readonly encoding: Encoding;
  readonly bytes: Buffer;
}

/** A request, and a signal that is aborted when its client leaves. */
export interface Recipient {
  readonly request: Pick<IncomingMessage, 'headers'>;
  readonly signal: AbortSignal;
}

/**
 * Compresses a text for a request. Resolves to null if the text is sent as it is: it is short, or the client accepts no
 * compression. Rejects if the client leaves or the compression fails.
 */
export type CompressText = (text: string, recipient: Recipient) => Promise<CompressedText | null>;

/** In bytes. A shorter answer has at most three packets, and compression saves one or two of them. */
const leastBytes = 4_096;

const compressByBrotli = promisify(brotliCompress);
const compressByGzip = promisify(gzip);

/** Decision 038 has the measurements behind the qualities. */
export const zlibCompressors: Compressors = {
  br: (bytes) =>
    compressByBrotli(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 4,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes) => compressByGzip(bytes, { level: 6 }),
};

/** The encodings in which answers may be sent. */
export const availableEncodings = (compressors: Compressors): readonly Encoding[] =>
  encodings.filter((encoding) => compressors[encoding] !== undefined);

/**
 * Creates the compression of all answers of a server. It compresses one text at a time: the compressor for a large text
 * takes some megabytes, and Node's other threads stay free for files and the names of hosts. A text that several clients
 * get at the same time, as the answer of a shared query, is compressed once.
 */
export const createTextCompression = (compressors: Compressors): CompressText => {
  const available = availableEncodings(compressors);
  const runInTurn = createTaskQueue();
  const shareCompression = () =>
    createSharedWork<string, Recipient, Buffer>({
      starterLeaves: true,
      leaveError: () => new Error('The client left while its answer was compressed.'),
    });
  const share: Readonly<Record<Encoding, ReturnType<typeof shareCompression>>> = {
    br: shareCompression(),
    gzip: shareCompression(),
  };
  return async (text, recipient) => {
    // A character takes one byte or more.
    if (text.length < leastBytes && Buffer.byteLength(text) < leastBytes) return null;
    const encoding = encodingFor(recipient.request, available);
    const compress = encoding === null ? undefined : compressors[encoding];
    if (encoding === null || compress === undefined) return null;
    const bytes = await share[encoding](text, recipient, ({ signal }) =>
      runInTurn(() => {
        signal.throwIfAborted();
        return compress(Buffer.from(text));
      }),
    );
    return { encoding, bytes };
  };
};
