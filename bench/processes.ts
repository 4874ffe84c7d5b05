import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { createInterface } from 'node:readline';

/** A process under measurement. */
export interface Measured {
  /** What its ready line names. */
  readonly url: string;
  /** CPU time of all its threads so far, in milliseconds; the kernel counts it in steps of ten. */
  readonly cpuMs: () => Promise<number>;
  /** The most memory it ever held, in bytes. */
  readonly peakBytes: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

const clockTickMs = 10;

const cpuMsOf = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * clockTickMs;
};

const peakBytesOf = async (pid: number): Promise<number> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024;
};

/** Starts a Node program and waits for its ready line. What else it writes goes nowhere. */
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
  // Where the benchmark fails, nothing stays behind.
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
