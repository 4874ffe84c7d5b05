import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Fault } from '../faulty-api.ts';

const token = { id: '6b0000000000000000000abc', createdAt: '2030-01-01T00:00:00.000Z' };
const body = JSON.stringify({
  status: true,
  data: { items: [token], totalDocs: 1, limit: 25, page: 1, hasNextPage: false },
});

/** Answers with a body and header lines. A header may have several lines. */
const withHeaders =
  (bytes: string | Buffer, headers: Readonly<Record<string, readonly string[]>>): Fault =>
  (response) => {
    for (const [name, lines] of Object.entries(headers)) response.setHeader(name, lines);
    response.end(bytes);
  };

/** Writes an answer to the connection in several pieces. */
const inPieces =
  (...pieces: readonly string[]): Fault =>
  (_response, { socket }) => {
    const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const writeNext = ([piece, ...rest]: readonly string[]): void => {
      if (piece !== undefined) socket.write(piece, () => setImmediate(writeNext, rest));
    };
    socket.setNoDelay(true);
    writeNext([...pieces, head]);
  };

const interim100 = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Unusual answers that are still unambiguous. The gateway reads each like any other, with its one token. */
export const oddAnswers = {
  'two lines of Content-Encoding that name one coding': withHeaders(gzipSync(body), {
    'content-encoding': ['gzip', 'gzip'],
  }),
  'two lines of Content-Encoding, each for a coding that was applied': withHeaders(
    brotliCompressSync(gzipSync(body)),
    { 'content-encoding': ['gzip', 'br'] },
  ),
  'two lines of Content-Encoding, one of them `identity`': withHeaders(gzipSync(body), {
    'content-encoding': ['gzip', 'identity'],
  }),
  'plain JSON with Content-Encoding `utf-8`': withHeaders(body, { 'content-encoding': ['utf-8'] }),
  'plain JSON with two lines of Content-Encoding `identity`': withHeaders(body, {
    'content-encoding': ['identity', 'identity'],
  }),
  'two lines of each other header that the gateway reads': withHeaders(body, {
    'content-type': ['text/html', 'application/json'],
    'retry-after': ['1', '2'],
    location: ['/', '/'],
  }),
  'an interim 100 before the answer': inPieces(interim100),
  'two interim 100, one with headers and one in pieces': inPieces(
    'HTTP/1.1 100 Continue\r\nVia: proxy\r\n\r\nHTTP/1',
    '.1 100 Continue\r\n',
    '\r\n',
  ),
  'an interim 103 with a Content-Length, then a 100': inPieces(
    `HTTP/1.1 103 Early Hints\r\nContent-Length: 99999999\r\n\r\n${interim100}`,
  ),
} as const satisfies Readonly<Record<string, Fault>>;

export type OddAnswer = keyof typeof oddAnswers;
