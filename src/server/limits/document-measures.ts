import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../../graphql/document-selection.ts';

/** The size of a selection, with its fragments counted wherever they are spread. */
export interface Measures {
  /** Depth of the deepest field. Root fields have depth 1. `ofType` is not counted: introspection needs it often. */
  readonly depth: number;
  /** Root fields. */
  readonly width: number;
  readonly fields: number;
  readonly aliases: number;
  /** Characters of the longest alias. */
  readonly aliasLength: number;
  readonly directives: number;
  /** Uses of `__schema` and `__type`. */
  readonly introspections: number;
}

export interface MeasuredDocument {
  /** One for each operation. */
  readonly operations: readonly Measures[];
  /** Fields of all operations and all fragments, each counted by itself. Validation visits all of these. */
  readonly fields: number;
}

const nothing: Measures = {
  depth: 0,
  width: 0,
  fields: 0,
  aliases: 0,
  aliasLength: 0,
  directives: 0,
  introspections: 0,
};

const add = (left: Measures, right: Measures): Measures => ({
  depth: Math.max(left.depth, right.depth),
  width: left.width + right.width,
  fields: left.fields + right.fields,
  aliases: left.aliases + right.aliases,
  aliasLength: Math.max(left.aliasLength, right.aliasLength),
  directives: left.directives + right.directives,
  introspections: left.introspections + right.introspections,
});

/** Whether the result of parsing is a document and not an error. */
export const isDocument = (result: unknown): result is DocumentNode =>
  typeof result === 'object' &&
  result !== null &&
  'kind' in result &&
  result.kind === Kind.DOCUMENT;

const operationsOf = ({ definitions }: DocumentNode): readonly OperationDefinitionNode[] =>
  definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);

const introspectionFields: ReadonlySet<string> = new Set(['__schema', '__type']);

/** Takes time proportional to the document's text: each fragment is measured once. */
export const measureDocument = (document: DocumentNode): MeasuredDocument => {
  const fragments = fragmentsOf(document);
  const known = new Map<string, Measures>();

  const ofFragment = (name: string): Measures => {
    const measured = known.get(name);
    if (measured) return measured;
    // A fragment that spreads itself counts as empty there. Validation refuses it.
    known.set(name, nothing);
    const fragment = fragments.get(name);
    const measures = fragment ? ofSelections(fragment.selectionSet) : nothing;
    known.set(name, measures);
    return measures;
  };

  const ofNode = (node: SelectionNode): Measures => {
    switch (node.kind) {
      case Kind.FIELD: {
        const below = node.selectionSet ? ofSelections(node.selectionSet) : nothing;
        const { value: name } = node.name;
        return {
          ...below,
          depth: below.depth + (name === 'ofType' ? 0 : 1),
          width: 1,
          fields: below.fields + 1,
          aliases: below.aliases + (node.alias ? 1 : 0),
          aliasLength: Math.max(below.aliasLength, node.alias?.value.length ?? 0),
          introspections: below.introspections + (introspectionFields.has(name) ? 1 : 0),
        };
      }
      case Kind.INLINE_FRAGMENT:
        return ofSelections(node.selectionSet);
      case Kind.FRAGMENT_SPREAD:
        return ofFragment(node.name.value);
      default:
        return node satisfies never;
    }
  };

  const ofSelections = ({ selections }: SelectionSetNode): Measures => {
    let sum = nothing;
    for (const node of selections) {
      const measures = ofNode(node);
      const directives = measures.directives + (node.directives?.length ?? 0);
      sum = add(sum, { ...measures, directives });
    }
    return sum;
  };

  const operations = operationsOf(document).map(({ directives, selectionSet }) => {
    const measures = ofSelections(selectionSet);
    return { ...measures, directives: measures.directives + (directives?.length ?? 0) };
  });
  const all = [...operations, ...[...fragments.keys()].map(ofFragment)];
  return { operations, fields: all.reduce((sum, { fields }) => sum + fields, 0) };
};

/**
 * Counts the pairs of fields, and of fragments, that validation compares to find conflicting fields with the same
 * response name. Stops counting beyond `most`. Takes long if the document has many measured fields: check these first.
 */
export const countOverlaps = (document: DocumentNode, most: number): number => {
  const fragments = fragmentsOf(document);
  let pairs = 0;

  const count = (sets: readonly SelectionSetNode[]): void => {
    const below = new Map<string, SelectionSetNode[]>();
    const timesSeen = new Map<string, number>();
    const spread = new Set<string>();
    const visit = ({ selections }: SelectionSetNode): void => {
      for (const node of selections) {
        if (pairs > most) return;
        if (node.kind === Kind.INLINE_FRAGMENT) {
          visit(node.selectionSet);
        } else if (node.kind === Kind.FRAGMENT_SPREAD) {
          const { value: name } = node.name;
          const fragment = fragments.get(name);
          if (!fragment || spread.has(name)) continue;
          pairs += spread.size;
          spread.add(name);
          visit(fragment.selectionSet);
        } else {
          const name = node.alias?.value ?? node.name.value;
          const seen = timesSeen.get(name) ?? 0;
          pairs += seen;
          timesSeen.set(name, seen + 1);
          if (!node.selectionSet) continue;
          const known = below.get(name) ?? [];
          known.push(node.selectionSet);
          below.set(name, known);
        }
      }
    };
    for (const set of sets) visit(set);
    for (const inner of below.values()) if (pairs <= most) count(inner);
  };

  const roots = [...operationsOf(document), ...fragments.values()];
  for (const { selectionSet } of roots) count([selectionSet]);
  return pairs;
};

/** The names of an operation's root fields, including those in fragments. */
export const rootFieldNames = (
  document: DocumentNode,
  { selectionSet }: OperationDefinitionNode,
): readonly string[] => {
  const fragments = fragmentsOf(document);
  const names = new Set<string>();
  const spread = new Set<string>();
  const visit = ({ selections }: SelectionSetNode): void => {
    for (const node of selections) {
      if (node.kind === Kind.FIELD) names.add(node.name.value);
      else if (node.kind === Kind.INLINE_FRAGMENT) visit(node.selectionSet);
      else if (!spread.has(node.name.value)) {
        spread.add(node.name.value);
        const fragment = fragments.get(node.name.value);
        if (fragment) visit(fragment.selectionSet);
      }
    }
  };
  visit(selectionSet);
  return [...names];
};
