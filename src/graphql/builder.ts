import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import RelayPlugin from '@pothos/plugin-relay';
import type { SourceReport } from '../paging/types.ts';
import type { GatewayContext } from './context.ts';
import { encodeTypeAndKey, globalIdDescription } from './global-id.ts';
import { pageSizesFor } from './input-limits.ts';
import { dateTimeScalar, jsonScalar, urlScalar } from './types/scalars.ts';

interface GatewaySchemaTypes {
  Context: GatewayContext;
  /** Those of federation. Only `subgraph.graphql` shows them. */
  Directives: {
    key: {
      locations: 'OBJECT' | 'INTERFACE';
      args: { readonly fields: string; readonly resolvable?: boolean };
    };
    shareable: { locations: 'OBJECT'; args: Record<string, never> };
    link: {
      locations: 'SCHEMA';
      args: { readonly url: string; readonly import: readonly string[] };
    };
  };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Connection: {
    readonly totalCount: number | null;
    readonly sources: readonly SourceReport[];
  };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: string };
    URL: { Input: URL; Output: string };
    JSON: { Input: unknown; Output: unknown };
  };
}

/** Creates a Pothos builder with the scalars and plugins of this schema. */
export const createBuilder = (largestPage?: number) => {
  const { defaultPageSize, maxPageSize } = pageSizesFor(largestPage);
  const builder = new SchemaBuilder<GatewaySchemaTypes>({
    defaultFieldNullability: false,
    plugins: [RelayPlugin, DirectivesPlugin],
    relay: {
      encodeGlobalID: encodeTypeAndKey,
      idFieldOptions: { description: globalIdDescription },
      nodeTypeOptions: { description: 'An object that can be read again by its id.' },
      cursorType: 'String',
      edgesFieldOptions: {
        nullable: { list: false, items: false },
        description:
          'The nodes with their cursors, in the order of the list. last and before do not reverse it.',
      },
      nodeFieldOptions: {
        nullable: false,
        description: 'The object at this position of the list.',
      },
      nodesOnConnection: { description: 'The nodes without their cursors.' },
      cursorFieldOptions: {
        description:
          'The position of the node, for `after` and `before` with the same organization, filter and order. It is opaque and grants no access.',
      },
      pageInfoFieldOptions: { description: 'The position of the page in the list.' },
      firstArgOptions: {
        description: `The largest number of nodes to return from the start: 0 to ${maxPageSize}. Default: ${defaultPageSize}, unless \`last\` is given.`,
      },
      afterArgOptions: { description: 'Only nodes after this cursor.' },
      lastArgOptions: {
        description: `The largest number of nodes to return from the end: 0 to ${maxPageSize}. Not allowed together with \`first\`.`,
      },
      beforeArgOptions: { description: 'Only nodes before this cursor.' },
      pageInfoTypeOptions: {
        description: 'The position of a page in its list.',
        directives: { shareable: {} },
      },
      hasNextPageFieldOptions: {
        description:
          'Whether more nodes follow. The value is exact, unless the page ended at the scan limit or a platform is unavailable. In these cases true means that more nodes may follow.',
      },
      hasPreviousPageFieldOptions: {
        description: 'Whether nodes precede the page. It is as exact as hasNextPage.',
      },
      startCursorFieldOptions: { description: 'The cursor of the first edge, for `before`.' },
      endCursorFieldOptions: {
        description:
          'The cursor to continue with, for `after`. It is the cursor of the last edge, or of the position where a scan ended.',
      },
      // queries/nodes.ts defines both fields: its errors name the id that is wrong.
      nodeQueryOptions: false,
      nodesQueryOptions: false,
    },
  });
  builder.addScalarType('DateTime', dateTimeScalar);
  builder.addScalarType('URL', urlScalar);
  builder.addScalarType('JSON', jsonScalar);
  builder.queryType({ description: 'The operations that read.' });
  builder.subscriptionType({ description: 'The operations that follow changes.' });
  builder.mutationType({ description: 'The operations that create, change and revoke tokens.' });
  return builder;
};

/** The Pothos builder of this schema. */
export type Builder = ReturnType<typeof createBuilder>;

type TypesOf<Builder> =
  Builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** The builder of the fields of an input type. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<TypesOf<Builder>, 'InputObject'>;

/** A reference to an interface whose values have the type `Shape`. */
export type InterfaceType<Shape> = PothosSchemaTypes.InterfaceRef<TypesOf<Builder>, Shape>;

/** A reference to an object type whose values have the type `Shape`. */
export type ObjectType<Shape> = PothosSchemaTypes.ObjectRef<TypesOf<Builder>, Shape>;
