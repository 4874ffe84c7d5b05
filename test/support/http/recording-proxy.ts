import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as sendRequest,
} from 'node:http';
import { listen } from './listen.ts';

/** The headers of a request and of its answer. */
export interface RecordedExchange {
  readonly request: IncomingHttpHeaders;
  readonly response: IncomingHttpHeaders;
}

export interface RecordingProxy {
  /** The URL in place of the target's. */
  readonly url: string;
  readonly exchanges: () => readonly RecordedExchange[];
  readonly clear: () => void;
  /** Breaks all connections, as a crash or a network does. */
  readonly cut: () => void;
  readonly close: () => void;
}

/** Starts a proxy on a free port that forwards each request unchanged to the path of `target`, and records the headers. */
export const startRecordingProxy = async (target: string): Promise<RecordingProxy> => {
  let recorded: RecordedExchange[] = [];
  const server = createServer((request, response) => {
    const { method = 'GET', headers } = request;
    const forwarded = sendRequest(target, { method, headers }, (answer: IncomingMessage) => {
      recorded.push({ request: headers, response: answer.headers });
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.once('error', () => response.destroy());
    // The end of a stream is passed on in both directions.
    response.once('close', () => forwarded.destroy());
    request.pipe(forwarded);
  });
  const { pathname } = new URL(target);
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}${pathname}`,
    exchanges: () => recorded,
    clear: () => {
      recorded = [];
    },
    cut: () => server.closeAllConnections(),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
