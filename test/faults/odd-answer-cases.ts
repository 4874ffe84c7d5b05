import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Fault } from './faulty-api.ts';

const token = { id: '6b0000000000000000000abc', createdAt: '2030-01-01T00:00:00.000Z' };
const body = JSON.stringify({
  status: true,
  data: { items: [token], totalDocs: 1, limit: 25, page: 1, hasNextPage: false },
});

/** Answers with a body under header lines, of which a name may have several. */
const under =
  (bytes: string | Buffer, headers: Readonly<Record<string, readonly string[]>>): Fault =>
  (response) => {
    for (const [name, lines] of Object.entries(headers)) response.setHeader(name, lines);
    response.end(bytes);
  };

/** Writes an answer to the connection as it is, in pieces that arrive one after another. */
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

const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Answers that are odd and still say what they mean: each is read like any other, with its one token. */
export const oddAnswers = {
  'two lines of Content-Encoding that name one coding': under(gzipSync(body), {
    'content-encoding': ['gzip', 'gzip'],
  }),
  'two lines of Content-Encoding, each for a coding that was applied': under(
    brotliCompressSync(gzipSync(body)),
    { 'content-encoding': ['gzip', 'br'] },
  ),
  'two lines of Content-Encoding, one of them `identity`': under(gzipSync(body), {
    'content-encoding': ['gzip', 'identity'],
  }),
  'plain JSON with Content-Encoding `utf-8`': under(body, { 'content-encoding': ['utf-8'] }),
  'plain JSON with two lines of Content-Encoding `identity`': under(body, {
    'content-encoding': ['identity', 'identity'],
  }),
  'two lines of every other header that is read': under(body, {
    'content-type': ['text/html', 'application/json'],
    'retry-after': ['1', '2'],
    location: ['/', '/'],
  }),
  'an interim 100 before the answer': inPieces(goOn),
  'two interim 100 with fields, one of them in pieces': inPieces(
    'HTTP/1.1 100 Continue\r\nVia: proxy\r\n\r\nHTTP/1',
    '.1 100 Continue\r\n',
    '\r\n',
  ),
  'an interim 103 with a length, and a 100 right after it': inPieces(
    `HTTP/1.1 103 Early Hints\r\nContent-Length: 99999999\r\n\r\n${goOn}`,
  ),
} as const satisfies Readonly<Record<string, Fault>>;

export type OddAnswer = keyof typeof oddAnswers;
