import { readFileSync } from 'node:fs';

/** The names of the files in `examples/`, in the order of the tabs. */
const exampleNames = [
  'newest-tokens',
  'tokens-of-user',
  'pending-tokens',
  'partial-results',
  'policies',
  'follow-changes',
  'create-token',
  'bulk-create-tokens',
] as const;

export type ExampleName = (typeof exampleNames)[number];

export interface ExampleDocument {
  readonly name: ExampleName;
  readonly text: string;
}

/** Beside this module in the sources, and beside the bundle in `dist/`, where the build copies it. */
const folder = new URL('./examples/', import.meta.url);

/** Stands in the files for the name of a token type. It is a valid part of a name, so each file is valid GraphQL. */
const placeholder = 'TOKEN_TYPE';

/** Reads the example operations, in the order of the tabs. The mutations get those of the given token type. */
export const readExampleDocuments = (tokenType: string): readonly ExampleDocument[] =>
  exampleNames.map((name) => ({
    name,
    text: readFileSync(new URL(`${name}.graphql`, folder), 'utf8').replaceAll(
      placeholder,
      tokenType,
    ),
  }));
