import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import RelayPlugin from '@pothos/plugin-relay';
import type { SourceReport } from '../paging/types.ts';
import type { GatewayContext } from './context.ts';
import { encodeTypeAndKey } from './global-id.ts';
import { dateTimeScalar, jsonScalar, urlScalar } from './types/scalars.ts';

interface GatewaySchemaTypes {
  Context: GatewayContext;
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

/** A Pothos builder with the scalars and plugins of this schema. */
export const createBuilder = () => {
  const builder = new SchemaBuilder<GatewaySchemaTypes>({
    defaultFieldNullability: false,
    plugins: [RelayPlugin, DirectivesPlugin, FederationPlugin],
    relay: {
      encodeGlobalID: encodeTypeAndKey,
      idFieldOptions: {
        description: 'Opaque and global: it encodes platform, organization and sourceId.',
      },
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
      // nodes.ts has its own, which name the faulty id.
      nodeQueryOptions: false,
      nodesQueryOptions: false,
    },
  });
  builder.addScalarType('DateTime', dateTimeScalar);
  builder.addScalarType('URL', urlScalar);
  builder.addScalarType('JSON', jsonScalar);
  builder.queryType({ description: 'What can be read.' });
  builder.mutationType({ description: 'What can be changed.' });
  return builder;
};

export type Builder = ReturnType<typeof createBuilder>;

type TypesOf<Builder> =
  Builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** What an input type's fields are made with. */
export type InputFields = PothosSchemaTypes.InputFieldBuilder<TypesOf<Builder>, 'InputObject'>;

/** An interface and what stands behind it. */
export type InterfaceType<Shape> = PothosSchemaTypes.InterfaceRef<TypesOf<Builder>, Shape>;

/** An object type and what stands behind it. */
export type ObjectType<Shape> = PothosSchemaTypes.ObjectRef<TypesOf<Builder>, Shape>;
