import { noteStreaming } from '../../../src/server/subscriptions/streaming-requests.ts';
import { startHttpServer } from '../../support/http/http-server.ts';

/** Starts a server that answers every request with the stream of a subscription that never has an event. */
export const startStreamServer = () =>
  startHttpServer((request) => {
    noteStreaming(request);
    const body = new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(':\n\n')),
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  });
