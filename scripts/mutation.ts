import { Console } from 'node:console';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { Stryker } from '@stryker-mutator/core';
import { parts } from './mutation/parts.ts';

/**
 * Plants small faults, one at a time, in the parts of the gateway that `mutation/parts.ts` names, and counts how many
 * the tests of each part notice. Arguments: names of parts; without any, all. Prints the faults that nothing noticed,
 * and those that a test only noticed by not ending, then the scores; fails where a part is below the target.
 */

/** A percentage. */
const target = 90;

/**
 * Faults that are not planted: a changed text, because a test of each message would only repeat it; an emptied body, to
 * save time; and those that TypeScript refuses in nearly all places, because a required property, value or check is gone.
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

/** Of the text of a fault, what fits a line. */
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
    // A constant of a module is read once, and the worker loads a module once.
    ignoreStatic: true,
    disableTypeChecks: false,
    concurrency: 1,
    // A busy machine is slow, and that must not count as a fault that was noticed.
    timeoutMS: 10_000,
    // Not below node_modules: a setup file there is loaded once, and the faults are never turned on.
    tempDirName: '.cache/mutation',
    reporters: ['progress-append-only'],
    logLevel: 'warn',
    allowConsoleColors: false,
  } as ConstructorParameters<typeof Stryker>[0]);
  const results = await stryker.runMutationTest().catch(() => null);
  // A test that fails without a fault has been told of.
  if (results === null) {
    process.exitCode = 1;
    continue;
  }

  const count = (...statuses: string[]): number =>
    results.filter(({ status }) => statuses.includes(status)).length;
  const noticed = count('Killed', 'Timeout');
  const unnoticed = count('Survived', 'NoCoverage');
  for (const { status, fileName, location, replacement } of results) {
    if (!['Survived', 'NoCoverage', 'Timeout'].includes(status)) continue;
    const place = `${fileName.replace(/.*\/src\//, '')}:${location.start.line}`;
    console.log(`${name}: ${status} ${place}:${location.start.column + 1} ${shorten(replacement)}`);
  }
  const score = (100 * noticed) / (noticed + unnoticed);
  table[name] = {
    planted: noticed + unnoticed,
    noticed,
    'no test': count('NoCoverage'),
    errors: count('RuntimeError', 'CompileError'),
    'score %': Math.round(score * 10) / 10,
    minutes: Math.round((performance.now() - startedAt) / 6_000) / 10,
  };
  console.table(table);
  if (!(score >= target)) process.exitCode = 1;
}
