import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** The built gateway in a separate process, started as an operator starts it. */
export interface GatewayProcess {
  /** The URL in the ready line, or null if the process ended without a ready line. */
  readonly url: string | null;
  /** The text written to stdout and stderr so far. */
  readonly output: () => string;
  /** Resolves to the exit code when the process has ended; null: a signal killed it. */
  readonly ended: Promise<number | null>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Sends SIGTERM if the process still runs; resolves to the exit code. */
  readonly stop: () => Promise<number | null>;
}

/** A gateway process that has printed its ready line. */
export interface ReadyGateway extends GatewayProcess {
  readonly url: string;
}

/** Spawns the built gateway with these streams, on a free port if the environment sets no `PORT`. */
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

/** The output of a gateway process so far, and the URL in its ready line; null if it ended without one. */
interface Output {
  readonly url: Promise<string | null>;
  readonly output: () => string;
}

/** Reads the piped output of a gateway process. */
export const readOutput = (child: ChildProcess): Output => {
  let output = '';
  const url = new Promise<string | null>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const ready = /^Ready: (\S+)/m.exec(output)?.[1];
        if (ready !== undefined) resolve(ready);
      });
    }
    child.once('close', () => resolve(null));
  });
  return { url, output: () => output };
};

/**
 * Starts the built gateway on a free port; resolves when it is ready or has ended. Its environment holds only the given
 * variables. The flags are for Node, e.g. `--max-old-space-size=256`.
 */
export const startGatewayProcess = async (
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<GatewayProcess> => {
  const child = spawnGateway(environment, nodeFlags, ['ignore', 'pipe', 'pipe']);
  const ended = once(child, 'exit').then(() => child.exitCode);
  const { url, output } = readOutput(child);
  return {
    url: await url,
    output,
    ended,
    kill: (signal) => child.kill(signal),
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
  };
};

/** Starts the built gateway; throws an error with its output if it does not become ready. */
export const startReadyGateway = async (
  environment: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Promise<ReadyGateway> => {
  const gateway = await startGatewayProcess(environment, nodeFlags);
  if (gateway.url === null) throw new Error(gateway.output());
  return { ...gateway, url: gateway.url };
};
