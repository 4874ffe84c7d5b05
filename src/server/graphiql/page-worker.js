// Renders and compresses the page in a thread of its own. The package contains GraphiQL as texts of 9 MB: importing them
// would hold the event loop for longer than 100 ms, and they would stay in memory. JavaScript, because Node 20 cannot
// start a thread with TypeScript.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { renderPage } from './page-html.js';

const compressors = {
  // Quality 9 takes four times as long for a page that is 4 % smaller.
  br: (bytes) =>
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 5,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes) => gzipSync(bytes),
};

/** A strong ETag: it differs for each encoding, and is the same wherever the bytes are the same. */
const etagOf = (bytes) =>
  `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;

const { options, encoding } = workerData;
const page = Buffer.from(renderPage(options));
const bytes = compressors[encoding](page);
parentPort.postMessage({
  bytes,
  etag: etagOf(bytes),
  uncompressed: { length: page.length, etag: etagOf(page) },
});
