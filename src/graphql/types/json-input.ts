import { GraphQLError, Kind, type ValueNode } from 'graphql';

/** The position of a value within its JSON document. */
interface Place {
  readonly parent: Place | null;
  readonly key: string | number;
}

/** A longer path is cut, in characters. */
const longestPath = 100;

const formatPath = (place: Place | null): string => {
  const keys: string[] = [];
  for (let at = place; at !== null; at = at.parent) {
    keys.unshift(typeof at.key === 'number' ? `[${at.key}]` : `.${at.key}`);
  }
  const path = keys.join('').replace(/^\./, '');
  return path.length > longestPath ? `${path.slice(0, longestPath)}…` : path;
};

const createError = (place: Place | null, fault: string, node?: ValueNode): GraphQLError =>
  new GraphQLError(
    `${place === null ? 'The JSON value' : `The JSON value at ${formatPath(place)}`} ${fault}`,
    { nodes: node ?? null, extensions: { code: 'BAD_USER_INPUT' } },
  );

const tooLarge = 'is a number that JSON cannot hold. Give a smaller number, or a text.';
const inexact =
  'is a whole number with more digits than JSON readers keep. Give a smaller number, or a text.';
const enumeration = 'is a name without quotes, which is not JSON. Put it in double quotes.';

/**
 * Checks a JSON value of a variable. Throws GraphQLError with the path of a number that is too large: JSON.parse has read it
 * as Infinity, and it would be sent as null. It uses a list instead of recursion, so a deep value cannot exhaust the stack.
 */
export const parseJsonValue = (value: unknown): unknown => {
  const waiting: { readonly value: unknown; readonly place: Place | null }[] = [
    { value, place: null },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: one, place } = next;
    if (typeof one === 'number' && !Number.isFinite(one)) throw createError(place, tooLarge);
    if (typeof one !== 'object' || one === null) continue;
    const isList = Array.isArray(one);
    for (const [key, entry] of Object.entries(one)) {
      waiting.push({ value: entry, place: { parent: place, key: isList ? Number(key) : key } });
    }
  }
  return value;
};

type Variables = Readonly<Record<string, unknown>> | null | undefined;

const readLiteral = (node: ValueNode, variables: Variables, place: Place | null): unknown => {
  switch (node.kind) {
    case Kind.NULL:
      return null;
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT: {
      const number = Number(node.value);
      if (!Number.isFinite(number)) throw createError(place, tooLarge, node);
      if (node.kind === Kind.INT && !Number.isSafeInteger(number)) {
        throw createError(place, inexact, node);
      }
      return number;
    }
    case Kind.ENUM:
      throw createError(place, enumeration, node);
    case Kind.LIST:
      return node.values.map((entry, key) => {
        const value = readLiteral(entry, variables, { parent: place, key });
        return value === undefined ? null : value;
      });
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields
          .map(({ name, value }) => [
            name.value,
            readLiteral(value, variables, { parent: place, key: name.value }),
          ])
          // A field whose variable is missing is left out, as in an input object.
          .filter(([, value]) => value !== undefined),
      );
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    default:
      return node satisfies never;
  }
};

/**
 * Reads a JSON value that is written in the document. Throws GraphQLError with the path of a part that JSON cannot hold: the
 * name of an enum value, and numbers that would lose digits.
 */
export const parseJsonLiteral = (node: ValueNode, variables?: Variables): unknown =>
  readLiteral(node, variables, null);
