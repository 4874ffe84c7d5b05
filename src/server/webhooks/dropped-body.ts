import type { IncomingMessage } from 'node:http';

/** What became of a body. `left`: the client went away before its end. */
export type DroppedBody = 'complete' | 'too-large' | 'left';

/**
 * Receives a body and keeps nothing of it. Its encoding and its type do not matter. Resolves when it has ended, or when
 * more than `maxBytes` have come; what follows is dropped as well. Never rejects. Node bounds the time.
 */
export const dropBody = (request: IncomingMessage, maxBytes: number): Promise<DroppedBody> =>
  new Promise((resolve) => {
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) resolve('too-large');
    });
    request.once('end', () => resolve('complete'));
    request.once('close', () => resolve('left'));
  });
