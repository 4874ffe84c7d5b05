import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The gateway as it is built, as a process of its own, started as an operator would. */
export interface GatewayProcess {
  /** The URL of the ready line, or null where the process ended without one. */
  readonly url: string | null;
  /** All that it wrote to stdout and stderr so far. */
  readonly output: () => string;
  /** Resolves to the exit code (null: killed by a signal) once it has ended. */
  readonly ended: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Sends SIGTERM, unless it has ended; resolves to the exit code. */
  readonly stop: () => Promise<number | null>;
}

export interface ReadyGateway extends GatewayProcess {
  readonly url: string;
}

/** Starts it as a process with these streams, on a free port if the environment names none. */
export const spawnGateway = (
  environment: Readonly<Record<string, string>>,
  nodeFlags: readonly string[],
  stdio: StdioOptions,
): ChildProcess => {
  const { PATH, HOME } = process.env;
  return spawn(process.execPath, [...nodeFlags, main], {
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), PORT: '0', ...environment },
    stdio,
  });
};

/**
 * Starts it on a free port with nothing in its environment but what is given; resolves when it is ready or gone. Node
 * gets the flags, e.g. `--max-old-space-size=256`.
 */
export const startGatewayProcess = async (
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<GatewayProcess> => {
  const child = spawnGateway(environment, nodeFlags, ['ignore', 'pipe', 'pipe']);
  const ended = once(child, 'exit').then(() => child.exitCode);
  let output = '';
  const url = await new Promise<string | null>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const ready = /^Ready: (\S+)/m.exec(output)?.[1];
        if (ready !== undefined) resolve(ready);
      });
    }
    child.once('close', () => resolve(null));
  });
  return {
    url,
    output: () => output,
    ended,
    kill: (signal) => child.kill(signal),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};

/** Starts one that must become ready; fails with what it wrote where it does not. */
export const startReadyGateway = async (
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<ReadyGateway> => {
  const gateway = await startGatewayProcess(environment, nodeFlags);
  if (gateway.url === null) throw new Error(gateway.output());
  return { ...gateway, url: gateway.url };
};
