import { collectSubFields } from '@graphql-tools/utils';
import { type GraphQLResolveInfo, getNamedType, isAbstractType, isObjectType } from 'graphql';

const collect = (info: GraphQLResolveInfo, typeName: string | undefined): ReadonlySet<string> => {
  const type =
    typeName === undefined ? getNamedType(info.returnType) : info.schema.getType(typeName);
  const types = isAbstractType(type) ? info.schema.getPossibleTypes(type) : [type];
  const names = new Set<string>();
  for (const possible of types) {
    if (!isObjectType(possible)) continue;
    const { fields } = collectSubFields(
      info.schema,
      info.fragments,
      info.variableValues,
      possible,
      [...info.fieldNodes],
    );
    for (const [node] of fields.values()) if (node) names.add(node.name.value);
  }
  return names;
};

type Nodes = GraphQLResolveInfo['fieldNodes'];

/** By `info.fieldNodes`: each execution has its own arrays of nodes, and all items of a list share one. */
const collected = new WeakMap<Nodes, Map<string | undefined, ReadonlySet<string>>>();

/**
 * The names of the fields that the operation selects below the field that is being resolved. They are those of the object
 * type `typeName`, or of all possible types if it is missing. Fragments, `@skip` and `@include` are taken into account.
 */
export const selectedFields = (
  info: GraphQLResolveInfo,
  typeName?: string,
): ReadonlySet<string> => {
  let byType = collected.get(info.fieldNodes);
  if (byType === undefined) {
    byType = new Map();
    collected.set(info.fieldNodes, byType);
  }
  let names = byType.get(typeName);
  if (names === undefined) {
    names = collect(info, typeName);
    byType.set(typeName, names);
  }
  return names;
};
