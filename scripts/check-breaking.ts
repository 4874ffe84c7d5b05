import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { findBreakingChanges, mayBreak } from './breaking-changes.ts';

const contracts = ['schema.graphql', 'subgraph.graphql'];
const versioned = z.object({ version: z.string() });

const versionIn = (manifest: string): string => versioned.parse(JSON.parse(manifest)).version;

/** The printed result of a comparison, and whether the version in package.json forbids the changes. */
export interface BreakingReport {
  readonly text: string;
  readonly isRefused: boolean;
}

/**
 * Compares the public contracts of a folder with those of a git revision: the given one, otherwise the last tag, otherwise
 * the last commit.
 */
export const checkBreaking = async (folder: string, since?: string): Promise<BreakingReport> => {
  const git = async (...words: string[]): Promise<string | null> => {
    try {
      const options = { cwd: folder, maxBuffer: 16 * 1024 * 1024 };
      return (await promisify(execFile)('git', words, options)).stdout;
    } catch {
      return null;
    }
  };
  const read = (name: string) => readFile(join(folder, name), 'utf8');

  const base = since ?? (await git('describe', '--tags', '--abbrev=0'))?.trim() ?? 'HEAD';
  const manifest = await git('show', `${base}:package.json`);
  const lines: string[] = [];
  const changes: string[] = [];
  for (const name of contracts) {
    const before = await git('show', `${base}:${name}`);
    if (before === null) {
      lines.push(`${name}: git has no earlier version (${base}).`);
      continue;
    }
    const found = await findBreakingChanges(before, await read(name));
    changes.push(...found.map((change) => `${name}: ${change}`));
  }
  if (changes.length > 0) lines.push(`Breaking changes since ${base}:`, ...changes);
  const isRefused =
    changes.length > 0 &&
    manifest !== null &&
    !mayBreak(versionIn(manifest), versionIn(await read('package.json')));
  if (isRefused)
    lines.push('A breaking change needs a new major version (before 1.0: a new minor version).');
  return { text: lines.map((line) => `${line}\n`).join(''), isRefused };
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, isRefused } = await checkBreaking('.', process.argv[2]);
  (isRefused ? process.stderr : process.stdout).write(text);
  if (isRefused) process.exitCode = 1;
}
