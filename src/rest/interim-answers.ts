import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

const start = Buffer.from('HTTP/1.1 1');
const end = '\r\n\r\n';

const isStartOf = (chunk: Buffer): boolean =>
  start.subarray(0, chunk.length).equals(chunk.subarray(0, start.length));

/**
 * Returns a filter for the chunks that a connection reads. It drops each interim answer (1xx) at the start of a chunk,
 * and returns null while an interim answer is incomplete. A chunk of a JSON body cannot look like one: JSON strings
 * contain no line breaks.
 */
const createFilter = (): ((chunk: Buffer) => Buffer | null) => {
  let held: Buffer | null = null;
  return (chunk) => {
    let rest = held === null ? chunk : Buffer.concat([held, chunk]);
    held = null;
    while (rest.length > 0 && isStartOf(rest)) {
      const endsAt = rest.length < start.length ? -1 : rest.indexOf(end);
      if (endsAt < 0) {
        held = rest;
        return null;
      }
      rest = rest.subarray(endsAt + end.length);
    }
    return rest.length > 0 ? rest : null;
  };
};

const skipInterim = (socket: Socket): void => {
  const readNext = socket.read.bind(socket);
  const filter = createFilter();
  socket.read = (size?: number): unknown => {
    for (;;) {
      const chunk: unknown = readNext(size);
      if (!Buffer.isBuffer(chunk)) return chunk;
      const rest = filter(chunk);
      if (rest !== null) return rest;
    }
  };
};

/**
 * Returns undici's own connector with a filter that skips interim answers. A server may send `100 Continue` unasked
 * (RFC 9110, section 15.2.1). undici takes it for a broken answer and closes the connection (decision 024).
 */
export const createConnector = (timeoutMs: number): buildConnector.connector => {
  const connect = buildConnector({ timeout: timeoutMs });
  return (options, callback) =>
    connect(options, (...outcome) => {
      if (outcome[0] === null) skipInterim(outcome[1]);
      callback(...outcome);
    });
};
