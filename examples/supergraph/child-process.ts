import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { env, execPath } from 'node:process';

/** A child process that has printed its URL. */
export interface RunningProcess {
  readonly url: string;
  /** Ends the process; resolves when it has ended. */
  readonly stop: () => Promise<void>;
}

interface ProcessOptions {
  /** The arguments of Node. */
  readonly argv: readonly string[];
  readonly cwd: URL;
  /** Added to the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Matches the output when the program is ready. The first group is its URL. */
  readonly ready: RegExp;
}

const longestStartMs = 120_000;

const stop = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
};

/** Starts Node and waits until the program prints its URL. Throws an error with its output if it ends before. */
export const startProcess = async (options: ProcessOptions): Promise<RunningProcess> => {
  const child = spawn(execPath, options.argv, {
    cwd: options.cwd,
    env: { ...env, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let isReady = false;
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (reason: string): void => {
      child.kill();
      reject(new Error(`${options.argv.join(' ')} ${reason}:\n${output}`));
    };
    const timer = setTimeout(() => fail('took too long to start'), longestStartMs);
    const read = (chunk: Buffer): void => {
      if (isReady) return;
      output += chunk.toString();
      const found = options.ready.exec(output)?.[1];
      if (found === undefined) return;
      isReady = true;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => {
      clearTimeout(timer);
      fail('ended');
    });
    child.once('error', reject);
  });
  return { url, stop: () => stop(child) };
};

/** Returns a port on which nothing listens, for programs that cannot choose one and print it. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new TypeError('There is no port.');
  return address.port;
};
