import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The gateway as a process of its own, started as an operator would. */
export interface GatewayProcess {
  /** The URL of the ready line, or null where the process ended without one. */
  readonly url: string | null;
  /** All that it wrote to stdout and stderr so far. */
  readonly output: () => string;
  /** Sends SIGTERM, unless it has ended; resolves to the exit code. */
  readonly stop: () => Promise<number | null>;
}

/** Starts it on a free port with nothing in its environment but what is given; resolves when it is ready or gone. */
export const startGatewayProcess = async (
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> => {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, ['--import', 'tsx', main], {
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  const url = await new Promise<string | null>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
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
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
      return child.exitCode;
    },
  };
};
