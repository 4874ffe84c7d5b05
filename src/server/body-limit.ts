import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const tooLarge = (): GraphQLError =>
  new GraphQLError('Request body too large', {
    extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
  });

const readBounded = async (body: ReadableStream<Uint8Array>, maxBytes: number): Promise<string> => {
  // Not by iteration: leaving that early would close the connection before the refusal has been sent.
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.byteLength;
    if (size > maxBytes) throw tooLarge();
    chunks.push(part.value);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/**
 * Refuses bodies of more bytes. The server's own limit counts every body as it streams, which costs more than parsing
 * it: here only those whose size was not announced are counted, as Node reads no further than what was.
 */
export const useBodyLimit = (maxBytes: number): Plugin => ({
  onRequestParse: ({ request, requestParser, setRequestParser, fetchAPI }) => {
    const announced = request.headers.get('content-length');
    if (announced !== null) {
      if (Number(announced) > maxBytes) throw tooLarge();
      return;
    }
    const { body, url, method, headers } = request;
    if (body === null || requestParser === undefined) return;
    setRequestParser(async () =>
      requestParser(
        new fetchAPI.Request(url, { method, headers, body: await readBounded(body, maxBytes) }),
      ),
    );
  },
});
