import { readFileSync } from 'node:fs';

const file = new URL('../../../subgraph.graphql', import.meta.url);

/** Reads the committed `subgraph.graphql`. In the bundle, the build replaces this module by the text. */
export const readSubgraphSdl = (): string => readFileSync(file, 'utf8');
