import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { findBreakingChanges, mayBreak } from './breaking-changes.ts';

/**
 * Compares the public contracts of the working directory with those of a git revision: the one given, else the last
 * tag, else the last commit. Fails where one breaks and package.json's version does not say so.
 */
const contracts = ['schema.graphql', 'subgraph.graphql'];
const versioned = z.object({ version: z.string() });

const git = async (...words: string[]): Promise<string | null> => {
  try {
    return (await promisify(execFile)('git', words, { maxBuffer: 16 * 1024 * 1024 })).stdout;
  } catch {
    return null;
  }
};

const versionIn = (manifest: string): string => versioned.parse(JSON.parse(manifest)).version;

const base = process.argv[2] ?? (await git('describe', '--tags', '--abbrev=0'))?.trim() ?? 'HEAD';
const manifest = await git('show', `${base}:package.json`);
const changes: string[] = [];
for (const name of contracts) {
  const before = await git('show', `${base}:${name}`);
  if (before === null) {
    process.stdout.write(`${name}: git knows no earlier one (${base}).\n`);
    continue;
  }
  const found = await findBreakingChanges(before, await readFile(name, 'utf8'));
  changes.push(...found.map((change) => `${name}: ${change}\n`));
}

if (changes.length > 0 && manifest !== null) {
  process.stderr.write(`Breaking since ${base}:\n${changes.join('')}`);
  if (!mayBreak(versionIn(manifest), versionIn(await readFile('package.json', 'utf8')))) {
    process.stderr.write('A breaking change needs a new major version (before 1.0: minor).\n');
    process.exitCode = 1;
  }
}
