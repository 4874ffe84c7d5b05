import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLNamedType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  getOperationAST,
  getVariableValues,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { InputRejectedError } from '../../domain/errors.ts';
import { type Fragments, fragmentsOf, isSelected } from '../document-selection.ts';
import { free, type PriceBounds } from './price.ts';

/** The estimated cost of an operation. */
export interface Estimate {
  /** The number of upstream calls. */
  readonly calls: number;
  /** The field with the most calls, as a path of response names; empty if no field takes a call. */
  readonly costliestPath: readonly string[];
  readonly costliestCalls: number;
  /** The number of ids, representations and addresses in all fields. Above `mostIds` nothing else is estimated. */
  readonly ids: number;
  /** The pixels of all QR codes. */
  readonly pixels: number;
  /** The field with the most pixels. */
  readonly largestDrawing: { readonly path: readonly string[]; readonly pixels: number };
}

/** The maximum number of ids, representations and addresses in one operation. A router's batch of 500 employees is allowed. */
export const mostIds = 1_000;

/** An operation as the client sent it. */
interface PricedOperation {
  readonly document: DocumentNode;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface Variables {
  readonly [name: string]: unknown;
}

/** A field with the selections of all its occurrences. */
interface Selection {
  readonly responseName: string;
  readonly parent: GraphQLNamedType;
  readonly field: FieldNode;
  readonly below: SelectionSetNode[];
}

const noDrawing: Estimate['largestDrawing'] = { path: [], pixels: 0 };

const nothing: Estimate = {
  calls: 0,
  costliestPath: [],
  costliestCalls: 0,
  ids: 0,
  pixels: 0,
  largestDrawing: noDrawing,
};

/** Null if the arguments are refused: that field becomes an error, and the rest of the operation has a price. */
const readOrNull = <Value>(read: () => Value): Value | null => {
  try {
    return read();
  } catch (error) {
    if (error instanceof GraphQLError || error instanceof InputRejectedError) return null;
    throw error;
  }
};

/** The source text of a field's arguments. Equal arguments with different texts count as different: the price is too high. */
const readArgumentsText = ({ arguments: given = [] }: FieldNode): string =>
  given.map(({ loc }) => loc?.source.body.slice(loc.start, loc.end)).join();

/** The definition of a field; undefined for `__typename`. */
const findDefinition = (parent: GraphQLNamedType, { name }: FieldNode) =>
  isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined;

/** Creates a function that estimates the cost of an operation before it runs. It reads the prices off the schema's fields. */
export const createPricing = (schema: GraphQLSchema, bounds: PriceBounds) => {
  /** Collects the fields that are selected on an object. The same field in two fragments is one field. */
  const collect = (
    type: GraphQLNamedType,
    sets: readonly SelectionSetNode[],
    fragments: Fragments,
    variables: Variables,
  ): Selection[] => {
    const selections = new Map<string, Selection>();
    const seen = new Set<string>();
    const add = (parent: GraphQLNamedType, { selections: nodes }: SelectionSetNode): void => {
      for (const node of nodes) {
        if (!isSelected(node, variables)) continue;
        if (node.kind === Kind.FIELD) {
          const responseName = node.alias?.value ?? node.name.value;
          // On types that exclude each other, one response name can stand for different fields or arguments.
          const key = `${responseName}:${node.name.value}(${readArgumentsText(node)})`;
          const known = selections.get(key) ?? { responseName, parent, field: node, below: [] };
          if (node.selectionSet) known.below.push(node.selectionSet);
          selections.set(key, known);
        } else if (node.kind === Kind.INLINE_FRAGMENT) {
          const on = node.typeCondition && schema.getType(node.typeCondition.name.value);
          add(on ?? parent, node.selectionSet);
        } else if (!seen.has(node.name.value)) {
          seen.add(node.name.value);
          const fragment = fragments.get(node.name.value);
          const on = fragment && schema.getType(fragment.typeCondition.name.value);
          if (fragment && on) add(on, fragment.selectionSet);
        }
      }
    };
    for (const set of sets) add(type, set);
    return [...selections.values()];
  };

  /** Estimates a valid operation. One with invalid variables is free, because it will not run. */
  return ({ document, operationName, variables: given }: PricedOperation): Estimate => {
    const operation = getOperationAST(document, operationName);
    const root = operation && schema.getRootType(operation.operation);
    if (!operation || !root) return nothing;
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], given, {
      maxErrors: 1,
    });
    if (coerced === undefined) return nothing;
    const fragments = fragmentsOf(document);
    let calls = 0;
    let costliestPath: readonly string[] = [];
    let costliestCalls = 0;
    const made = new Map<string, number>();
    let pixels = 0;
    let largestDrawing = noDrawing;

    const walk = (
      selections: readonly Selection[],
      objects: number,
      path: readonly string[],
    ): void => {
      for (const { responseName, parent, field, below } of selections) {
        const definition = findDefinition(parent, field);
        const args = definition && readOrNull(() => getArgumentValues(definition, field, coerced));
        if (!definition || !args) continue;
        const returned = getNamedType(definition.type);
        const inner = below.length === 0 ? [] : collect(returned, below, fragments, coerced);
        const selected = new Set(inner.map(({ field: { name } }) => name.value));
        const { price: priceOf = free } = definition.extensions;
        const price = readOrNull(() => priceOf({ args, objects, selected, bounds }));
        if (!price) continue;
        let own = price.calls;
        for (const [name, more] of Object.entries(price.once ?? {})) {
          const known = made.get(name) ?? 0;
          own += Math.max(0, more - known);
          made.set(name, Math.max(known, more));
        }
        const here = [...path, responseName];
        calls += own;
        if (own > costliestCalls) {
          costliestCalls = own;
          costliestPath = here;
        }
        const drawn = price.pixels ?? 0;
        pixels += drawn;
        if (drawn > largestDrawing.pixels) largestDrawing = { path: here, pixels: drawn };
        walk(inner, price.objects, here);
      }
    };

    const rootSelections = collect(root, [operation.selectionSet], fragments, coerced);
    let ids = 0;
    for (const { parent, field } of rootSelections) {
      const definition = findDefinition(parent, field);
      const args = definition && readOrNull(() => getArgumentValues(definition, field, coerced));
      if (args) ids += definition.extensions.countIds?.(args) ?? 0;
    }
    // Above the maximum, no id is decoded.
    if (ids > mostIds) return { ...nothing, ids };
    walk(rootSelections, 1, []);
    return { calls, costliestPath, costliestCalls, ids, pixels, largestDrawing };
  };
};

/** Estimates the cost of an operation. */
export type Pricing = ReturnType<typeof createPricing>;
