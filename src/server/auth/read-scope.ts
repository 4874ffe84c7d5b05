import {
  type DocumentNode,
  type FieldNode,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getVariableValues,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf, isSelected } from '../../graphql/document-selection.ts';

/** The suffix of the payload types of all mutations. */
const payload = 'Payload';

/**
 * The fields that a mutation may select without the read scope: ids, the outcome for each input, and what the caller
 * sent. All other fields need the read scope, so a new field needs it until it is added here. A field of an interface is
 * listed once for all types that implement it.
 */
const openFields: ReadonlyMap<string, readonly string[]> = new Map([
  [payload, ['enrollmentToken', 'results', 'userErrors', 'replayed', 'total', 'success', 'fail']],
  ['RevokeEnrollmentTokenPayload', ['revokedEnrollmentTokenId']],
  ['BulkEnrollmentResult', ['email', 'outcome', 'error', 'enrollmentToken']],
  ['EnrollmentToken', ['id', 'sourceId', 'organizationId']],
  ['Node', ['id']],
  ['MdmError', ['code', 'message', 'path']],
  ['MdmRateLimitError', ['retryAfterSeconds']],
]);

/** A field that only a caller with the read scope may select. */
export interface ReadField {
  /** As `Type.field`. */
  readonly coordinate: string;
  readonly node: FieldNode;
}

export interface MutationDocument {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the client sent them. */
  readonly variables: Readonly<Record<string, unknown>>;
}

type TypeWithFields = GraphQLInterfaceType | GraphQLObjectType;

const hasFields = (type: GraphQLNamedType): type is TypeWithFields =>
  isObjectType(type) || isInterfaceType(type);

const isOpen = (type: TypeWithFields, field: string): boolean => {
  const names = [type.name, ...type.getInterfaces().map(({ name }) => name)];
  if (type.name.endsWith(payload)) names.push(payload);
  return names.some((name) => openFields.get(name)?.includes(field));
};

/**
 * Finds the first field of a valid mutation, in the order of the document, that needs the read scope; null if there is
 * none. Selections that `@skip` or `@include` exclude do not count. A selection whose directive cannot be evaluated counts.
 */
export const findReadField = (mutation: MutationDocument): ReadField | null => {
  const { schema, document, operation } = mutation;
  const root = schema.getMutationType();
  const fragments = fragmentsOf(document);
  const seen = new Set<string>();
  const { coerced: variables = {} } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    mutation.variables,
    { maxErrors: 1 },
  );

  const findInField = (parent: GraphQLNamedType, node: FieldNode): ReadField | null => {
    const { value: name } = node.name;
    if (name.startsWith('__')) return null;
    if (!hasFields(parent) || (parent !== root && !isOpen(parent, name))) {
      return { coordinate: `${parent.name}.${name}`, node };
    }
    const field = parent.getFields()[name];
    return field && node.selectionSet
      ? findInSet(getNamedType(field.type), node.selectionSet)
      : null;
  };

  const findInNode = (parent: GraphQLNamedType, node: SelectionNode): ReadField | null => {
    switch (node.kind) {
      case Kind.FIELD:
        return findInField(parent, node);
      case Kind.INLINE_FRAGMENT: {
        const on = node.typeCondition && schema.getType(node.typeCondition.name.value);
        return findInSet(on ?? parent, node.selectionSet);
      }
      case Kind.FRAGMENT_SPREAD: {
        const { value: name } = node.name;
        const fragment = fragments.get(name);
        // A fragment has the same type wherever it is spread, so it is searched once.
        if (!fragment || seen.has(name)) return null;
        seen.add(name);
        const on = schema.getType(fragment.typeCondition.name.value);
        return on ? findInSet(on, fragment.selectionSet) : null;
      }
      default:
        return node satisfies never;
    }
  };

  const findInSet = (parent: GraphQLNamedType, { selections }: SelectionSetNode) => {
    for (const node of selections) {
      const found = isSelected(node, variables) ? findInNode(parent, node) : null;
      if (found) return found;
    }
    return null;
  };

  return root ? findInSet(root, operation.selectionSet) : null;
};
