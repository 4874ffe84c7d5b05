import { Console } from 'node:console';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { parts } from './mutation/parts.ts';

/*
 * Runs mutation tests on the parts of the gateway in `mutation/parts.ts`, and counts the mutants that the tests of each
 * part kill. Arguments: names of parts; the default is all parts. Prints the mutants that survived or timed out, then the
 * scores; fails if the score of a part is below the target.
 */

/** The lowest accepted score, in percent. */
const target = 90;

/**
 * Excluded mutations: changed strings, because a test of each message would only repeat it; emptied blocks, to save time;
 * and mutations that TypeScript refuses in nearly all places, because a required property, value or check is missing.
 */
const excludedMutations = [
  'StringLiteral',
  'BlockStatement',
  'ObjectLiteral',
  'ArrowFunction',
  'OptionalChaining',
];

const console = new Console(process.stdout, process.stderr);
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !parts.some((part) => part.name === name));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(', ')}. Parts: ${parts.map(({ name }) => name)}`);
  process.exit(1);
}

/** Shortens the text of a mutant so that it fits one line. */
const shorten = (text = ''): string => text.replace(/\s+/g, ' ').slice(0, 80);

const table: Record<string, Record<string, number>> = {};
for (const { name, files, tests } of parts) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const startedAt = performance.now();
  const stryker = new Stryker({
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'vitest.mutation.config.ts', related: false },
    mutate: files.map((file) => `src/${file}`),
    testFiles: tests.map((file) => `test/${file}.test.ts`),
    mutator: { excludedMutations },
    coverageAnalysis: 'perTest',
    // Mutants in code that runs once at load time are ignored, because the worker loads each module only once.
    ignoreStatic: true,
    disableTypeChecks: false,
    concurrency: 1,
    // Long enough that a slow test on a busy machine does not count as a killed mutant.
    timeoutMS: 10_000,
    // Not below node_modules: vitest loads a setup file there only once, and the mutants would stay inactive.
    tempDirName: '.cache/mutation',
    reporters: ['progress-append-only'],
    logLevel: 'warn',
    allowConsoleColors: false,
  } as ConstructorParameters<typeof Stryker>[0]);
  const results = await stryker.runMutationTest().catch(() => null);
  // Stryker has already printed the tests that fail without a mutant.
  if (results === null) {
    process.exitCode = 1;
    continue;
  }

  const count = (...statuses: string[]): number =>
    results.filter(({ status }) => statuses.includes(status)).length;
  const killed = count('Killed', 'Timeout');
  const survived = count('Survived', 'NoCoverage');
  for (const { status, fileName, location, replacement } of results) {
    if (!['Survived', 'NoCoverage', 'Timeout'].includes(status)) continue;
    const place = `${fileName.replace(/.*\/src\//, '')}:${location.start.line}`;
    console.log(`${name}: ${status} ${place}:${location.start.column + 1} ${shorten(replacement)}`);
  }
  const score = (100 * killed) / (killed + survived);
  table[name] = {
    mutants: killed + survived,
    killed,
    'no test': count('NoCoverage'),
    errors: count('RuntimeError', 'CompileError'),
    'score %': Math.round(score * 10) / 10,
    minutes: Math.round((performance.now() - startedAt) / 6_000) / 10,
  };
  console.table(table);
  if (!(score >= target)) process.exitCode = 1;
}
