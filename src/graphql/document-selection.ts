import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  GraphQLSkipDirective,
  getDirectiveValues,
  Kind,
  type SelectionNode,
} from 'graphql';

/** The fragments of a document by name. */
export type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/** Collects the fragments of a document. */
export const fragmentsOf = ({ definitions }: DocumentNode): Fragments =>
  new Map(
    definitions
      .filter((node) => node.kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );

/**
 * Whether `@skip` and `@include` keep a selection. `variables` are the coerced ones. A selection whose directive cannot be
 * evaluated counts as selected.
 */
export const isSelected = (
  { directives = [] }: SelectionNode,
  variables: Readonly<Record<string, unknown>>,
): boolean => {
  if (directives.length === 0) return true;
  const node = { directives };
  try {
    return (
      getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false
    );
  } catch {
    return true;
  }
};
