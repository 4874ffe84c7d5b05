import type { GraphQLSchema } from 'graphql';
import { createBuilder, type SchemaAudience } from './builder.ts';
import { defineSource } from './connection.ts';
import { defineEnrollmentToken } from './enrollment-token.ts';
import { createTokenConnection, defineTokenQueries } from './enrollment-tokens.ts';
import { createEntities } from './entity.ts';
import { defineMdmUser } from './mdm-user.ts';
import { definePolicyQueries } from './policies.ts';
import { definePolicy } from './policy.ts';
import { createRefs, type PlatformTypes, type SchemaParts } from './schema-parts.ts';
import { defineUserErrors } from './user-errors.ts';
import { defineUserQueries } from './users.ts';

/** The schema over the given platforms: what they share, and what each adds. */
export const createSchema = (
  platforms: readonly PlatformTypes[],
  audience: SchemaAudience = 'direct',
): GraphQLSchema => {
  const entities = createEntities(platforms);
  const builder = createBuilder(audience, entities);
  const refs = createRefs(builder, platforms);
  const parts: SchemaParts = { builder, refs, entities, platforms };
  const tokenConnection = createTokenConnection(parts);
  defineUserErrors(builder, refs);
  defineSource(parts);
  defineEnrollmentToken(parts);
  definePolicy(parts, tokenConnection);
  defineMdmUser(parts, tokenConnection);
  defineTokenQueries(parts, tokenConnection);
  definePolicyQueries(parts);
  defineUserQueries(parts);
  for (const platform of platforms) platform.defineTypes(parts);
  return builder.toSchema();
};
