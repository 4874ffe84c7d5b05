import { request as sendRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** An answer as it arrived. */
export interface UndecodedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly bytes: Buffer;
}

interface SentRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends a request as given, and leaves the answer as it is. `fetch` adds Accept-Encoding, and decompresses. */
export const sendAsIs = (
  url: string | URL,
  { method = 'GET', headers = {}, body = '' }: SentRequest = {},
) =>
  new Promise<UndecodedAnswer>((resolve, reject) => {
    const request = sendRequest(url, { method, headers }, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const { statusCode = 0 } = response;
      resolve({ status: statusCode, headers: response.headers, bytes: Buffer.concat(chunks) });
    });
    request.once('error', reject).end(body);
  });

/** Decompresses the body of an answer by its Content-Encoding. */
export const decompress = ({ headers, bytes }: UndecodedAnswer): string => {
  switch (headers['content-encoding']) {
    case 'br':
      return brotliDecompressSync(bytes).toString();
    case 'gzip':
      return gunzipSync(bytes).toString();
    default:
      return bytes.toString();
  }
};

/** The headers of an answer without those that differ between two equal requests. */
export const withoutRequestId = ({ headers }: UndecodedAnswer): UndecodedAnswer['headers'] => ({
  ...headers,
  date: '',
  'x-request-id': '',
});
