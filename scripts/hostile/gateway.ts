import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { readOutput, spawnGateway } from '../../test/support/gateway/gateway-process.ts';

const probe = fileURLToPath(new URL('./probe.js', import.meta.url));

/** The resources that one request used in the gateway's process. */
export interface Cost {
  readonly cpuMs: number;
  /** The longest pause of the event loop. */
  readonly pauseMs: number;
  /** The maximum of the bytes of heap and buffers during the request. */
  readonly peak: number;
  /** The bytes of heap and buffers that are still in use after the request. */
  readonly kept: number;
}

/** A gateway process that measures its own resources. */
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

/** Starts the built gateway with a probe in its process. The young generation is small, so that garbage adds little. */
export const startMeasuredGateway = async (
  environment: Readonly<Record<string, string>>,
): Promise<MeasuredGateway> => {
  const child = spawnGateway(
    environment,
    ['--expose-gc', '--max-semi-space-size=2', '--max-old-space-size=256', ...['--import', probe]],
    ['ignore', 'pipe', 'inherit', 'ipc'],
  );
  const ended = once(child, 'exit');
  const { url: ready, output } = readOutput(child);
  const url = await ready;
  if (url === null) throw new Error(`The gateway ended: ${output()}`);
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
