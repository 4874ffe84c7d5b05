import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** What one request cost the gateway's process. */
export interface Cost {
  readonly cpuMs: number;
  /** The longest time in which the event loop did nothing else. */
  readonly pauseMs: number;
  /** Bytes of heap and buffers, at the most while it ran and after it. */
  readonly peak: number;
  readonly kept: number;
}

export interface MeasuredGateway {
  readonly url: string;
  /** Runs one request and measures it. */
  readonly measure: (run: () => Promise<void>) => Promise<Cost>;
  readonly stop: () => Promise<void>;
}

const send = async (child: ChildProcess, order: string): Promise<unknown> => {
  const answered = once(child, 'message');
  child.send(order);
  const [answer]: unknown[] = await answered;
  return answer;
};

/** Starts the built gateway with a probe in its process. The young generation is small, so that garbage counts little. */
export const startMeasuredGateway = async (
  environment: Readonly<Record<string, string>>,
): Promise<MeasuredGateway> => {
  const child = spawn(
    process.execPath,
    [
      '--expose-gc',
      '--max-semi-space-size=2',
      '--max-old-space-size=256',
      ...['--import', path('./probe.js')],
      path('../../dist/main.js'),
    ],
    {
      env: { PATH: process.env['PATH'], PORT: '0', ...environment },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    },
  );
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const ready = /^Ready: (\S+)/m.exec(output)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once('exit', () => reject(new Error(`The gateway ended: ${output}`)));
  });
  const ended = once(child, 'exit');
  return {
    url,
    measure: async (run) => {
      await send(child, 'begin');
      await run();
      return (await send(child, 'end')) as Cost;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
