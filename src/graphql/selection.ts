import { collectSubFields } from '@graphql-tools/utils';
import { type GraphQLResolveInfo, getNamedType, isAbstractType, isObjectType } from 'graphql';

/**
 * The names of the fields that the operation selects below the field being resolved, for the object type of this name,
 * or over every type it may turn out to be; fragments are followed, `@skip` and `@include` obeyed.
 */
export const selectedFields = (
  info: GraphQLResolveInfo,
  typeName?: string,
): ReadonlySet<string> => {
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
