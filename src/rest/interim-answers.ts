import type { Socket } from 'node:net';
import { buildConnector } from 'undici';

const start = Buffer.from('HTTP/1.1 1');
const end = '\r\n\r\n';

const isStartOf = (chunk: Buffer): boolean =>
  start.subarray(0, chunk.length).equals(chunk.subarray(0, start.length));

/**
 * A filter for what a connection reads: it drops each interim answer (1xx) at the start of a chunk. It returns null
 * while the end of one has not come yet. A chunk inside a JSON answer cannot begin so, as JSON has no line breaks in its
 * texts.
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
 * Connects as undici does, and skips interim answers: a server may send `100 Continue` unasked (RFC 9110, section
 * 15.2.1), which undici takes for a broken answer and ends the connection (decision 024).
 */
export const connectThatSkipsInterim = (timeoutMs: number): buildConnector.connector => {
  const connect = buildConnector({ timeout: timeoutMs });
  return (options, callback) =>
    connect(options, (...outcome) => {
      if (outcome[0] === null) skipInterim(outcome[1]);
      callback(...outcome);
    });
};
