import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { isSkipped } from '../support/optional-tools.ts';

/** Whether tests that need `promtool` are skipped. */
export const isPromtoolSkipped: boolean = isSkipped(
  spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0,
);

/** Runs promtool in a folder and returns what it printed. Throws if it finds a fault. */
export const promtool = async (folder: string, ...words: readonly string[]): Promise<string> =>
  (await promisify(execFile)('promtool', words, { cwd: folder })).stdout;
