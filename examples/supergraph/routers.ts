import { existsSync } from 'node:fs';
import { freePort, type RunningProcess, startProcess } from './child-process.ts';

const here = new URL('./', import.meta.url);
const hiveFolder = new URL('hive-gateway/', here);
const hiveProgram = 'node_modules/@graphql-hive/gateway/dist/bin.js';

/** Starts a router over a supergraph file on the loopback interface; port 0 takes a free one. */
export type StartRouter = (supergraphFile: string, port?: number) => Promise<RunningProcess>;

/** Apollo Gateway in a Node process of its own. */
export const startApolloRouter: StartRouter = (supergraphFile, port = 0) =>
  startProcess({
    argv: ['--import', 'tsx', 'apollo-router.ts', supergraphFile],
    cwd: here,
    environment: { PORT: String(port) },
    ready: /Ready: (\S+)/,
  });

/** Whether `npm ci` was run in hive-gateway/, which has packages of its own. */
export const isHiveInstalled = (): boolean => existsSync(new URL(hiveProgram, hiveFolder));

/** Hive Gateway, with the query planner of Hive Router. */
export const startHiveRouter: StartRouter = async (supergraphFile, port = 0) => {
  const listening = String(port === 0 ? await freePort() : port);
  const { url, stop } = await startProcess({
    argv: [
      hiveProgram,
      'supergraph',
      supergraphFile,
      ...['--config-path', 'gateway.config.js', '--host', '127.0.0.1', '--port', listening],
    ],
    cwd: hiveFolder,
    environment: { NO_COLOR: '1' },
    ready: /Listening on (http:\/\/[\w.:]+)/,
  });
  return { url: `${url}/graphql`, stop };
};
