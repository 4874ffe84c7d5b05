import { connect, type Socket } from 'node:net';

/** An HTTP answer, parsed from the bytes of a connection. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A TCP connection to an HTTP server. */
export interface RawConnection {
  readonly socket: Socket;
  readonly connected: Promise<void>;
  /** The bytes received so far, one character per byte. */
  readonly received: () => string;
  /** Resolves when `count` complete answers have arrived or the connection is closed. Interim answers (1xx) are omitted. */
  readonly answers: (count: number) => Promise<RawAnswer[]>;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<void>;
}

const readChunks = (text: string): { readonly body: string; readonly rest: string } | null => {
  let body = '';
  let rest = text;
  for (;;) {
    const [, size, after] = /^([\da-f]+)\r\n(.*)$/is.exec(rest) ?? [];
    if (size === undefined || after === undefined) return null;
    const length = Number.parseInt(size, 16);
    if (after.length < length + 2) return null;
    body += after.slice(0, length);
    rest = after.slice(length + 2);
    if (length === 0) return { body, rest };
  }
};

/** Parses the complete answers at the beginning of a text. */
const readAnswers = (text: string): { readonly answers: RawAnswer[]; readonly rest: string } => {
  const answers: RawAnswer[] = [];
  let rest = text;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) return { answers, rest };
    const [first = '', ...lines] = rest.slice(0, end).split('\r\n');
    const status = Number(first.split(' ')[1]);
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const after = rest.slice(end + 4);
    if (status < 200) {
      rest = after;
      continue;
    }
    const length = Number(headers['content-length'] ?? 0);
    const read =
      headers['transfer-encoding'] === 'chunked'
        ? readChunks(after)
        : after.length < length
          ? null
          : { body: after.slice(0, length), rest: after.slice(length) };
    if (read === null) return { answers, rest };
    answers.push({ status, headers, body: read.body });
    rest = read.rest;
  }
};

/** Opens a connection to the host of a URL and sends the bytes unchanged. */
export const openRaw = (url: string, bytes: string | Buffer = ''): RawConnection => {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const connected = new Promise<void>((resolve) => {
    socket.once('connect', resolve);
  });
  if (bytes.length > 0) socket.write(bytes);
  socket.setNoDelay(true);
  let text = '';
  let rest = '';
  let ended = false;
  const complete: RawAnswer[] = [];
  let wake = (): void => {};
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const read = readAnswers(rest + chunk);
    complete.push(...read.answers);
    rest = read.rest;
    wake();
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      ended = true;
      wake();
      resolve();
    });
  });
  return {
    socket,
    connected,
    received: () => text,
    answers: async (count) => {
      while (complete.length < count && !ended) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return complete;
    },
    closed,
  };
};

/** Sends the bytes of one request and resolves to the answer. Throws if there is no answer. */
export const sendRaw = async (url: string, bytes: string | Buffer): Promise<RawAnswer> => {
  const connection = openRaw(url, bytes);
  const [answer] = await connection.answers(1);
  connection.socket.destroy();
  if (answer === undefined) throw new Error('The connection ended without an answer.');
  return answer;
};

/** Returns the bytes of a request, with a Content-Length if it has a body. */
export const rawRequest = (
  line: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Buffer => {
  const bytes = Buffer.from(body);
  const all = bytes.length > 0 ? { ...headers, 'Content-Length': String(bytes.length) } : headers;
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), bytes]);
};
