import type { Server } from 'node:http';
import process from 'node:process';

/** Makes a server listen on a free port, and prints the ready line with the URL of this path. */
export const serve = (server: Server, path: string): void => {
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    process.stdout.write(`Ready: http://127.0.0.1:${port}${path}\n`);
  });
};
