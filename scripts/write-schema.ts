import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from '../src/graphql/schema.ts';
import { platforms } from '../src/platforms/registry.ts';

/** Writes the public contract, or with --check fails where the committed one differs. */
const file = new URL('../schema.graphql', import.meta.url);
const printed = `${printSchema(lexicographicSortSchema(createSchema(platforms)))}\n`;

if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== printed) {
    process.stderr.write('schema.graphql is not what the code makes: run `npm run schema`.\n');
    process.exit(1);
  }
} else {
  await writeFile(file, printed);
}
