import type { GraphQLSchema } from 'graphql';
import { createSchema } from '../graphql/schema.ts';
import { platforms } from '../platforms/registry.ts';

const builtSchemas = new Map<number, GraphQLSchema>();

/** The schema, built once in a process: building takes long, and all apps with one largest page size have the same one. */
export const sharedSchema = (largestPage: number): GraphQLSchema => {
  const schema = builtSchemas.get(largestPage) ?? createSchema(platforms, largestPage);
  builtSchemas.set(largestPage, schema);
  return schema;
};
