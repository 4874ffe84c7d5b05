import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createClientSchema, createSubgraphSdl } from '../src/graphql/schema.ts';
import { platforms } from '../src/platforms/registry.ts';

/** The public contracts. The script writes them, or with --check fails if a committed file differs. */
const contracts = {
  'schema.graphql': printSchema(lexicographicSortSchema(createClientSchema(platforms))),
  'subgraph.graphql': createSubgraphSdl(platforms).trim(),
};

for (const [name, text] of Object.entries(contracts)) {
  const file = new URL(`../${name}`, import.meta.url);
  const printed = `${text}\n`;
  if (!process.argv.includes('--check')) {
    await writeFile(file, printed);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== printed) {
    process.stderr.write(`${name} does not match the code: run \`npm run schema\`.\n`);
    process.exitCode = 1;
  }
}
