import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from 'graphql';

/** The fields of a type that need a price and have none, as `Type.field`. Relay reserves the suffix `Connection` for pages. */
const findUnpriced = (
  type: GraphQLInterfaceType | GraphQLObjectType,
  isRoot: boolean,
): readonly string[] => {
  const fields = Object.values(type.getFields());
  return fields
    .filter(({ name, type: returned, extensions }) => {
      const isConnection = getNamedType(returned).name.endsWith('Connection');
      const isPricedInInterface = type
        .getInterfaces()
        .some((inherited) => inherited.getFields()[name]?.extensions.price);
      return !extensions.price && (isRoot || isConnection || isPricedInInterface);
    })
    .map(({ name }) => `${type.name}.${name}`);
};

/**
 * Returns the schema. Throws TypeError if a root field, a field whose type is a connection, or a field that an interface
 * prices has no price.
 */
export const requirePrices = (schema: GraphQLSchema): GraphQLSchema => {
  const roots: unknown[] = [
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ];
  const unpriced = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? findUnpriced(type, roots.includes(type)) : [],
  );
  if (unpriced.length > 0) {
    throw new TypeError(
      `${unpriced.join(', ')}: a root field or a connection needs extensions.price; a field that makes no call says free.`,
    );
  }
  return schema;
};
