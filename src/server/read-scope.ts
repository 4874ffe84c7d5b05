import {
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
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
import { fragmentsOf, isSelected } from '../graphql/document-selection.ts';

/** The ending that the types of all mutations' answers share. */
const payload = 'Payload';

/**
 * What a mutation may select without the read scope: ids, what became of each input, and what the caller sent itself.
 * Any other field needs the read scope, so a new field does until it is named here. A field of an interface is named
 * once for all types that implement it.
 */
const openFields: ReadonlyMap<string, readonly string[]> = new Map([
  [payload, ['enrollmentToken', 'results', 'userErrors', 'replayed', 'total', 'success', 'fail']],
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

const isOpen = (type: GraphQLNamedType, field: string): boolean => {
  if (!isObjectType(type) && !isInterfaceType(type)) return false;
  const names = [type.name, ...type.getInterfaces().map(({ name }) => name)];
  if (type.name.endsWith(payload)) names.push(payload);
  return names.some((name) => openFields.get(name)?.includes(field));
};

const typeOf = (type: GraphQLNamedType, field: string): GraphQLNamedType | undefined => {
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  const definition = type.getFields()[field];
  return definition && getNamedType(definition.type);
};

/**
 * The first field of a valid mutation, in the order of the document, that needs the read scope; null if none does. What
 * `@skip` and `@include` leave out is not selected. A selection whose directive cannot be evaluated counts as selected.
 */
export const findReadField = (mutation: MutationDocument): ReadField | null => {
  const { schema, document, operation } = mutation;
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
    if (parent !== schema.getMutationType() && !isOpen(parent, name)) {
      return { coordinate: `${parent.name}.${name}`, node };
    }
    const type = typeOf(parent, name);
    return type && node.selectionSet ? findInSet(type, node.selectionSet) : null;
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
        // A fragment has one type wherever it is spread: once is enough.
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

  const root = schema.getMutationType();
  return root ? findInSet(root, operation.selectionSet) : null;
};
