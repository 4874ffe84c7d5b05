import type { Socket } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { startHttpServer } from '../../../support/http/http-server.ts';
import { openRaw, type RawConnection, rawRequest } from '../../../support/http/raw-http.ts';

const long = JSON.stringify({ data: { text: 'The same words again and again. '.repeat(500) } });
const inJson = { headers: { 'content-type': 'application/json' } };

/** Many large answers take more than the second of the default on a busy machine. */
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 10_000 });

describe('texts that are compressed at the same time', () => {
  /** A compressor that waits for `finish`, and counts. */
  const createHeldCompressor = () => {
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const begun: string[] = [];
    let running = 0;
    let mostRunning = 0;
    const gzip = async (bytes: Buffer): Promise<Buffer> => {
      begun.push(bytes.toString());
      running += 1;
      mostRunning = Math.max(mostRunning, running);
      await held;
      running -= 1;
      return gzipSync(bytes);
    };
    return { gzip, begun, finish, mostRunning: () => mostRunning };
  };
  const textOf = (asks: string): string => `${new URL(asks).search} ${long}`;
  const start = async (answerTo = textOf) => {
    const compressor = createHeldCompressor();
    const server = await startHttpServer(
      ({ url }) => new Response(answerTo(url), inJson),
      undefined,
      [],
      { gzip: compressor.gzip },
    );
    const sockets: Socket[] = [];
    server.server.on('connection', (socket) => sockets.push(socket));
    const open = (search: string) =>
      openRaw(
        server.url,
        rawRequest(`GET /graphql?${search}`, { Host: 'gateway', 'Accept-Encoding': 'gzip' }),
      );
    const untilOneLeft = () => until(() => sockets.some(({ destroyed }) => destroyed));
    return { ...compressor, ...server, open, untilOneLeft };
  };

  it('take turns', async () => {
    const { open, asked, finish, begun, mostRunning } = await start();
    const connections = Array.from({ length: 5 }, (_, index) => open(`n${index}`));
    await until(() => asked.length === 5 && begun.length === 1);
    finish();
    for (const { answers, socket } of connections) {
      expect(await answers(1)).toMatchObject([{ status: 200 }]);
      socket.destroy();
    }
    expect({ begun: begun.length, most: mostRunning() }).toEqual({ begun: 5, most: 1 });
  });

  it('are compressed once if they are equal, also if the first client leaves', async () => {
    const { open, asked, finish, begun, failures, untilOneLeft } = await start();
    const leaving = open('same');
    await until(() => begun.length === 1);
    const staying = [open('same'), open('same')];
    await until(() => asked.length === 3);
    leaving.socket.destroy();
    await untilOneLeft();
    finish();
    for (const { answers, socket } of staying) {
      const [answer] = await answers(1);
      const text = gunzipSync(Buffer.from(answer?.body ?? '', 'latin1')).toString();
      expect(text).toBe(textOf('http://gateway/graphql?same'));
      socket.destroy();
    }
    expect({ begun: begun.length, failures }).toEqual({ begun: 1, failures: [] });
  });

  it('are not compressed any more if their client has left, which is no failure', async () => {
    const { open, asked, finish, begun, failures, pendingWork, untilOneLeft } = await start();
    const first = open('first');
    await until(() => begun.length === 1);
    const leaving = open('leaving');
    await until(() => asked.length === 2);
    leaving.socket.destroy();
    await untilOneLeft();
    finish();
    await first.answers(1);
    first.socket.destroy();
    await pendingWork.whenIdle(1);
    expect({ begun: begun.length, failures }).toEqual({ begun: 1, failures: [] });
  });

  it('count once if they are equal: no client of a large shared answer is cut off', async () => {
    const megabytes = 'x'.repeat(2_000_000);
    const { open, asked, finish, begun, failures } = await start(() => megabytes);
    const connections = Array.from({ length: 40 }, () => open('same'));
    await until(() => asked.length === 40 && begun.length === 1);
    finish();
    for (const { answers, socket } of connections) {
      expect(await answers(1)).toMatchObject([{ status: 200 }]);
      socket.destroy();
    }
    expect({ begun: begun.length, failures }).toEqual({ begun: 1, failures: [] });
  });

  it('count with their full size until they are compressed: beyond 64 MB the oldest is cut off', async () => {
    const megabytes = 'x'.repeat(16_000_000);
    const { open, asked, finish, begun, failures } = await start((url) => `${url}${megabytes}`);
    const connections: RawConnection[] = [];
    for (let count = 1; count <= 4; count += 1) {
      connections.push(open(`n${count}`));
      await until(() => asked.length === count);
    }
    await until(() => begun.length === 1);
    const last = open('last');
    await connections[0]?.closed;
    finish();
    for (const { answers, socket } of [...connections.slice(1), last]) {
      expect(await answers(1)).toMatchObject([{ status: 200 }]);
      socket.destroy();
    }
    expect(connections[0]?.received()).toBe('');
    expect(failures).toEqual([]);
  });
});
