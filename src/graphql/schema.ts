import type { GraphQLSchema } from 'graphql';
import { createBuilder } from './builder.ts';
import { addRouterFields } from './federation/router-fields.ts';
import { readSubgraphSdl } from './federation/subgraph-sdl.ts';
import { defineBulkResult } from './mutations/mutation-types.ts';
import { defineTokenMutations } from './mutations/token-mutations.ts';
import { requirePrices } from './pricing/required-prices.ts';
import { createTokenConnection, defineTokenQueries } from './queries/enrollment-tokens.ts';
import { defineNodeQueries } from './queries/nodes.ts';
import { definePolicyQueries } from './queries/policies.ts';
import { defineUserQueries } from './queries/users.ts';
import { createRefs, type PlatformTypes, type SchemaParts } from './schema-parts.ts';
import { defineTokenChanges } from './subscriptions/token-changes.ts';
import { defineEnrollmentToken } from './types/enrollment-token.ts';
import { createEntities } from './types/entity.ts';
import { defineMdmError } from './types/mdm-error.ts';
import { defineMdmSource } from './types/mdm-source.ts';
import { defineMdmUser } from './types/mdm-user.ts';
import { definePolicy } from './types/policy.ts';

/**
 * `direct` is the schema for clients. `subgraph` leaves out node and nodes, because only one subgraph of a supergraph can
 * have them.
 */
type Audience = 'direct' | 'subgraph';

const defineSchema = (
  platforms: readonly PlatformTypes[],
  audience: Audience,
  largestPage?: number,
): SchemaParts => {
  const entities = createEntities(platforms);
  const builder = createBuilder(largestPage);
  const refs = createRefs(builder, platforms);
  const parts: SchemaParts = { builder, refs, entities, platforms };
  const tokenConnection = createTokenConnection(parts);
  defineMdmError(builder, refs);
  defineMdmSource(parts);
  defineEnrollmentToken(parts);
  definePolicy(parts, tokenConnection);
  defineMdmUser(parts, tokenConnection);
  defineTokenQueries(parts, tokenConnection);
  definePolicyQueries(parts);
  defineUserQueries(parts);
  if (audience === 'direct') defineNodeQueries(parts);
  defineTokenChanges(parts);
  defineBulkResult(parts);
  defineTokenMutations(parts);
  for (const platform of platforms) platform.defineTypes(parts);
  return parts;
};

/** The schema as direct clients see it, without the fields for routers. */
export const createClientSchema = (platforms: readonly PlatformTypes[]): GraphQLSchema =>
  defineSchema(platforms, 'direct').builder.toSchema();

/** The schema as routers and registries see it, with the directives of federation. */
export const createSubgraphSchema = (platforms: readonly PlatformTypes[]): GraphQLSchema =>
  defineSchema(platforms, 'subgraph').builder.toSchema({
    schemaDirectives: {
      link: {
        url: 'https://specs.apollo.dev/federation/v2.6',
        import: ['@key', '@shareable'],
      },
    },
  });

/**
 * The executable schema of the given platforms, for direct clients and for routers. `largestPage` is the largest page size
 * that the descriptions name. `_service` is the committed text, which names the default. Throws TypeError if a field lacks a
 * price.
 */
export const createSchema = (
  platforms: readonly PlatformTypes[],
  largestPage?: number,
): GraphQLSchema =>
  requirePrices(addRouterFields(defineSchema(platforms, 'direct', largestPage), readSubgraphSdl()));
