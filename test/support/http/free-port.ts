import { once } from 'node:events';
import { createServer } from 'node:net';
import { listen } from './listen.ts';

/** Returns a port of the loopback interface on which nothing listens. */
export const freePort = async (): Promise<number> => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
};
