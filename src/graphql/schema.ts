import type { GraphQLSchema } from 'graphql';
import { createBuilder } from './builder.ts';
import { defineSource } from './connection.ts';
import { defineEnrollmentToken } from './enrollment-token.ts';
import { createTokenConnection, defineTokenQueries } from './enrollment-tokens.ts';
import { createEntities } from './entity.ts';
import { defineMdmUser } from './mdm-user.ts';
import { defineBulkResult, defineSharedInputs } from './mutation-types.ts';
import { defineNodeQueries } from './nodes.ts';
import { definePolicyQueries } from './policies.ts';
import { definePolicy } from './policy.ts';
import { createRefs, type PlatformTypes, type SchemaParts } from './schema-parts.ts';
import { defineTokenMutations } from './token-mutations.ts';
import { defineUserErrors } from './user-errors.ts';
import { defineUserQueries } from './users.ts';

/**
 * `direct` is the schema that clients ask; `subgraph` leaves out node and nodes, which no two subgraphs of a
 * supergraph can both have.
 */
export type SchemaAudience = 'direct' | 'subgraph';

/** The schema over the given platforms: what they share, and what each adds. */
export const createSchema = (
  platforms: readonly PlatformTypes[],
  audience: SchemaAudience = 'direct',
): GraphQLSchema => {
  const entities = createEntities(platforms);
  const builder = createBuilder();
  const refs = createRefs(builder, platforms);
  const parts: SchemaParts = {
    builder,
    refs,
    inputs: defineSharedInputs(builder),
    entities,
    platforms,
  };
  const tokenConnection = createTokenConnection(parts);
  defineUserErrors(builder, refs);
  defineSource(parts);
  defineEnrollmentToken(parts);
  definePolicy(parts, tokenConnection);
  defineMdmUser(parts, tokenConnection);
  defineTokenQueries(parts, tokenConnection);
  definePolicyQueries(parts);
  defineUserQueries(parts);
  if (audience === 'direct') defineNodeQueries(parts);
  defineBulkResult(parts);
  defineTokenMutations(parts);
  for (const platform of platforms) platform.defineTypes(parts);
  return builder.toSchema();
};
