import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';

/** A measured process. */
export interface Measured {
  /** The URL in the ready line. */
  readonly url: string;
  /** The CPU time of all threads so far, in milliseconds. The kernel counts it in steps of 10 ms. */
  readonly cpuMs: () => Promise<number>;
  /** The maximum of its resident memory, in bytes. */
  readonly peakBytes: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

const clockTickMs = 10;

const cpuMsOf = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name is in parentheses and may contain spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * clockTickMs;
};

const peakBytesOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
};

/** Starts a Node program and waits for its ready line. Its other output is discarded. */
export const start = async (
  program: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Measured> => {
  const { PATH, HOME } = process.env;
  const child = spawn(
    process.execPath,
    [...(process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? []), program],
    {
      env: { ...(PATH && { PATH }), ...(HOME && { HOME }), ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  // Ends the program if the benchmark fails.
  const end = () => void child.kill();
  process.once('exit', end);
  child.once('exit', () => process.off('exit', end));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} did not start.`);
  const lines = createInterface({ input: child.stdout });
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const ready = /^Ready: (\S+)/.exec(line)?.[1];
      if (ready !== undefined) resolve(ready);
    });
    child.once('exit', () => reject(new Error(`${program} ended before it was ready.`)));
  });
  return {
    url,
    cpuMs: () => cpuMsOf(pid),
    peakBytes: () => peakBytesOf(pid),
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
};
