import type { GraphQLSchema } from 'graphql';
import { createBuilder } from './builder.ts';
import { addRouterFields, printSubgraph } from './federation/federation.ts';
import { defineBulkResult, defineSharedInputs } from './mutations/mutation-types.ts';
import { defineTokenMutations } from './mutations/token-mutations.ts';
import { defineSource } from './queries/connection.ts';
import { createTokenConnection, defineTokenQueries } from './queries/enrollment-tokens.ts';
import { defineNodeQueries } from './queries/nodes.ts';
import { definePolicyQueries } from './queries/policies.ts';
import { defineUserQueries } from './queries/users.ts';
import { createRefs, type PlatformTypes, type SchemaParts } from './schema-parts.ts';
import { defineEnrollmentToken } from './types/enrollment-token.ts';
import { createEntities } from './types/entity.ts';
import { defineMdmUser } from './types/mdm-user.ts';
import { definePolicy } from './types/policy.ts';
import { defineUserErrors } from './user-errors.ts';

/**
 * `direct` is what clients ask; `subgraph` leaves out node and nodes, which no two subgraphs of a supergraph can both
 * have.
 */
type Audience = 'direct' | 'subgraph';

const defineSchema = (platforms: readonly PlatformTypes[], audience: Audience): SchemaParts => {
  const entities = createEntities(platforms);
  const builder = createBuilder();
  const refs = createRefs(builder, platforms);
  const inputs = defineSharedInputs(builder);
  const parts: SchemaParts = { builder, refs, inputs, entities, platforms };
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
  return parts;
};

/** What direct clients see: without what only routers ask for. */
export const createClientSchema = (platforms: readonly PlatformTypes[]): GraphQLSchema =>
  defineSchema(platforms, 'direct').builder.toSchema();

/** What routers and registries see, with the directives of federation: the answer of `_service`. */
export const createSubgraphSdl = (platforms: readonly PlatformTypes[]): string =>
  printSubgraph(defineSchema(platforms, 'subgraph'));

/** The schema that runs: over the given platforms, for direct clients and routers alike. */
export const createSchema = (platforms: readonly PlatformTypes[]): GraphQLSchema =>
  addRouterFields(defineSchema(platforms, 'direct'), () => createSubgraphSdl(platforms));
