import type { ServerResponse } from 'node:http';
import { createGunzip } from 'node:zlib';
import { sendStream } from '../answer.ts';
import type { Exchange } from '../connections.ts';
import type { Responder } from '../responder.ts';
import type { Encoding } from './negotiation.ts';

/** One form of a page that is the same at each load. */
export interface CompressedPage {
  readonly bytes: Buffer;
  /** A strong ETag of the bytes. */
  readonly etag: string;
  readonly uncompressed: { readonly length: number; readonly etag: string };
}

/** A page that is the same at each load. */
export interface StaticPage {
  /** The media type. */
  readonly type: string;
  /** Called for each request. The page is made when it is first requested. */
  readonly load: (encoding: Encoding) => Promise<CompressedPage>;
}

interface PageOptions {
  /** Null: the page is sent without an encoding. */
  readonly encoding: Encoding | null;
  readonly setHead: Responder['setHead'];
}

/** Our ETags contain no comma. A comparison for a GET is weak (RFC 9110, section 13.1.2). */
const isKnown = (condition: string | undefined, etag: string): boolean =>
  condition?.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim())) ?? false;

const sendDecompressed = async (bytes: Buffer, response: ServerResponse): Promise<void> => {
  const stream = createGunzip();
  stream.end(bytes);
  await sendStream(stream, response);
};

/**
 * Answers a GET or a HEAD with a page, or with 304 if the client has it. A browser keeps the page for its user, and asks
 * each time whether it has changed. A client without compression gets it as a stream that is decompressed on the way.
 */
export const sendPage = async (
  page: StaticPage,
  exchange: Exchange,
  { encoding, setHead }: PageOptions,
): Promise<void> => {
  const { request, response } = exchange;
  const { bytes, etag: etagOfBytes, uncompressed } = await page.load(encoding ?? 'gzip');
  if (response.destroyed) return;
  const etag = encoding === null ? uncompressed.etag : etagOfBytes;
  const caching = { 'cache-control': 'private, no-cache', etag };
  if (isKnown(request.headers['if-none-match'], etag)) {
    setHead(exchange, 304, caching);
    response.end();
    return;
  }
  setHead(exchange, 200, {
    ...caching,
    'content-type': page.type,
    'content-length': String(encoding === null ? uncompressed.length : bytes.length),
    ...(encoding !== null && { 'content-encoding': encoding }),
  });
  if (request.method === 'HEAD') response.end();
  else if (encoding === null) await sendDecompressed(bytes, response);
  // All responses share these bytes, so they do not count as memory of unsent answers.
  else response.end(bytes);
};
