import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort, type RunningProcess, startProcess } from './child-process.ts';

/** A router that serves a supergraph. */
export interface Router {
  readonly name: string;
  /** The folder of its own packages, which `npm ci` installs. */
  readonly folder: URL;
  /** Starts the router with a supergraph file on the loopback interface; port 0 means a free port. */
  readonly start: (supergraphFile: string, port?: number) => Promise<RunningProcess>;
}

const apolloFolder = new URL('apollo-gateway/', import.meta.url);

export const apolloGateway: Router = {
  name: 'Apollo Gateway',
  folder: apolloFolder,
  start: (supergraphFile, port = 0) =>
    startProcess({
      argv: ['router.js', supergraphFile],
      cwd: apolloFolder,
      environment: { PORT: String(port) },
      ready: /Ready: (\S+)/,
    }),
};

const hiveFolder = new URL('hive-gateway/', import.meta.url);

/** Uses the query planner of Hive Router. */
export const hiveGateway: Router = {
  name: 'Hive Gateway',
  folder: hiveFolder,
  start: async (supergraphFile, port = 0) => {
    const listening = String(port === 0 ? await freePort() : port);
    const { url, stop } = await startProcess({
      argv: [
        'node_modules/@graphql-hive/gateway/dist/bin.js',
        'supergraph',
        supergraphFile,
        ...['--config-path', 'gateway.config.js', '--host', '127.0.0.1', '--port', listening],
      ],
      cwd: hiveFolder,
      environment: { NO_COLOR: '1' },
      ready: /Listening on (http:\/\/[\w.:]+)/,
    });
    return { url: `${url}/graphql`, stop };
  },
};

/** Whether the router's packages are installed. */
export const isInstalled = ({ folder }: Router): boolean =>
  existsSync(new URL('node_modules/.package-lock.json', folder));

/** Installs the router's packages from its lock file. Throws if npm fails; npm prints the reason. */
export const install = ({ name, folder }: Router): void => {
  const { status, error } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit'], {
    cwd: fileURLToPath(folder),
    stdio: 'inherit',
  });
  if (status !== 0)
    throw new Error(`The packages of ${name} were not installed.`, { cause: error });
};
