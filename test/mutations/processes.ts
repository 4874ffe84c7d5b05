import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createAsk, type Gateway } from '../support/gateway.ts';

/** A gateway in a process of its own, as operators run it. */
export interface GatewayProcess extends Pick<Gateway, 'ask' | 'url'> {
  /** Everything it has written so far, line by line. */
  readonly lines: () => readonly string[];
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves with its exit code (null: killed by a signal) once it has ended. */
  readonly ended: Promise<number | null>;
  /** Ends it, however it is. */
  readonly stop: () => Promise<void>;
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

const readyUrl = async (child: ChildProcess, lines: string[]): Promise<string> => {
  if (child.stdout === null || child.stderr === null) throw new Error('The process has no output.');
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  const output = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    output.on('line', (line) => {
      lines.push(line);
      const url = /^Ready: (\S+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    output.on('close', () => reject(new Error(`It ended early:\n${lines.join('\n')}`)));
  });
};

/** Starts one on a free port and waits until it is ready. */
export const startGatewayProcess = async (
  apiKey: string,
  environment: Readonly<Record<string, string>>,
): Promise<GatewayProcess> => {
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { PATH: process.env['PATH'], PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit').then(() => child.exitCode);
  const lines: string[] = [];
  const url = await readyUrl(child, lines);
  return {
    url,
    ask: createAsk(url, `Bearer ${apiKey}`),
    lines: () => lines,
    kill: (signal) => child.kill(signal),
    ended,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
};
