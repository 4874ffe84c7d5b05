import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import RelayPlugin from '@pothos/plugin-relay';
import type { FeedSourceReport } from '../tokens/feed.ts';
import type { GatewayContext } from './context.ts';
import type { Entities } from './entity.ts';
import { decodeTypeAndKey, encodeTypeAndKey } from './global-id.ts';
import { dateTimeScalar, jsonScalar, urlScalar } from './scalars.ts';

interface TypeAndKey {
  readonly typename: string;
  readonly id: string;
}

interface GatewaySchemaTypes {
  Context: GatewayContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: {
    readonly totalCount: number | null;
    readonly sources: readonly FeedSourceReport[];
  };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: string };
    URL: { Input: URL; Output: string };
    JSON: { Input: unknown; Output: unknown };
  };
}

/**
 * `direct` is the schema that clients ask; `subgraph` leaves out node and nodes, which no two subgraphs of a
 * supergraph can both have.
 */
export type SchemaAudience = 'direct' | 'subgraph';

/** A Pothos builder with the scalars and plugins of this schema. */
export const createBuilder = (audience: SchemaAudience, entities: Entities) => {
  const resolveNode = (context: GatewayContext, { typename, id }: TypeAndKey) =>
    entities.load(context, entities.decode(encodeTypeAndKey(typename, id), ['id']));

  const builder = new SchemaBuilder<GatewaySchemaTypes>({
    defaultFieldNullability: false,
    plugins: [RelayPlugin, DirectivesPlugin, FederationPlugin],
    relay: {
      encodeGlobalID: encodeTypeAndKey,
      decodeGlobalID: decodeTypeAndKey,
      nodeTypeOptions: { description: 'Anything that can be read again by its id.' },
      cursorType: 'String',
      edgesFieldOptions: {
        nullable: { list: false, items: false },
        description:
          'The nodes with their cursors, in the order of the list, whichever way was paged.',
      },
      nodeFieldOptions: { nullable: false, description: 'The node itself.' },
      nodesOnConnection: { description: 'The nodes without their cursors.' },
      cursorFieldOptions: {
        description:
          'Its place, for `after` and `before` with the same organization, filter and order. Opaque; it grants nothing.',
      },
      pageInfoFieldOptions: { description: 'Where the page lies in the list.' },
      firstArgOptions: {
        description:
          'At most so many nodes from the start: 20 where neither `first` nor `last` is given, at most 100.',
      },
      afterArgOptions: { description: 'Only what follows this cursor.' },
      lastArgOptions: {
        description: 'At most so many nodes from the end; not together with `first`.',
      },
      beforeArgOptions: { description: 'Only what precedes this cursor.' },
      pageInfoTypeOptions: {
        description: 'Where a page lies in its list.',
        shareable: true,
      },
      hasNextPageFieldOptions: {
        description:
          'Whether more follows. Exact, but where the page ended at the scan bound or a platform is unavailable: then true means that going on is worth it.',
      },
      hasPreviousPageFieldOptions: {
        description: 'Whether something precedes. As exact as hasNextPage.',
      },
      startCursorFieldOptions: { description: 'The cursor of the first edge, for `before`.' },
      endCursorFieldOptions: {
        description:
          'The cursor to go on from with `after`: of the last edge, or, where a page was cut short, of the place it came to.',
      },
      nodeQueryOptions:
        audience === 'subgraph'
          ? false
          : {
              description:
                'Reads anything again by its id: one upstream call. Null where it is gone.',
              args: { id: { description: 'The id of a token, policy or user.' } },
              resolve: (_root, { id }, context) => resolveNode(context, id),
            },
      nodesQueryOptions:
        audience === 'subgraph'
          ? false
          : {
              description:
                'Reads several things again by their ids, in the order given; null for each that is gone.',
              nullable: { list: false, items: true },
              args: { ids: { description: 'Ids of tokens, policies or users.' } },
              resolve: (_root, { ids }, context) => ids.map((id) => resolveNode(context, id)),
            },
    },
  });
  builder.addScalarType('DateTime', dateTimeScalar);
  builder.addScalarType('URL', urlScalar);
  builder.addScalarType('JSON', jsonScalar);
  builder.queryType({ description: 'What can be read.' });
  return builder;
};

export type Builder = ReturnType<typeof createBuilder>;
