// Generates the files of the client preset from a schema and a file of operations. Prints them as JSON, by their names.
import { readFileSync } from 'node:fs';
import { argv, stdout } from 'node:process';
import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildASTSchema, parse } from 'graphql';

const [schemaFile, operationsFile] = argv.slice(2);
const schema = parse(readFileSync(schemaFile, 'utf8'));
const rawSDL = readFileSync(operationsFile, 'utf8');
const sections = await preset.buildGeneratesSection({
  schema,
  schemaAst: buildASTSchema(schema),
  documents: [{ document: parse(rawSDL), rawSDL, location: operationsFile }],
  baseOutputDir: 'gql/',
  config: {},
  pluginMap: {},
  plugins: [],
  presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
  profiler: { run: (work) => work() },
});
const files = {};
for (const section of sections) files[section.filename] = await codegen(section);
stdout.write(JSON.stringify(files));
