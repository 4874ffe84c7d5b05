import { readFile, writeFile } from 'node:fs/promises';
import process from 'node:process';
import { printSubgraphSchema } from '@apollo/subgraph';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { composeSubgraphs } from '../examples/supergraph/compose.ts';
import { createClientSchema, createSubgraphSchema } from '../src/graphql/schema.ts';
import { platforms } from '../src/platforms/registry.ts';

const subgraph = printSubgraphSchema(
  lexicographicSortSchema(createSubgraphSchema(platforms)),
).trim();

/** The public contracts. The script writes them, or with --check fails if a committed file differs. */
const contracts = {
  'schema.graphql': printSchema(lexicographicSortSchema(createClientSchema(platforms))),
  'subgraph.graphql': subgraph,
  // This subgraph alone, at the address of its service in deploy/compose.yaml.
  'deploy/supergraph.graphql': composeSubgraphs([
    { name: 'enrollment', url: 'http://gateway:4000/graphql', sdl: subgraph },
  ]).trimEnd(),
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
