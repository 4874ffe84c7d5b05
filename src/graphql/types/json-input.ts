import { GraphQLError, Kind, type ValueNode } from 'graphql';

/** Where a value stands in the JSON that holds it. */
interface Place {
  readonly parent: Place | null;
  readonly key: string | number;
}

const longestPath = 100;

const pathOf = (place: Place | null): string => {
  const keys: string[] = [];
  for (let at = place; at !== null; at = at.parent) {
    keys.unshift(typeof at.key === 'number' ? `[${at.key}]` : `.${at.key}`);
  }
  const path = keys.join('').replace(/^\./, '');
  return path.length > longestPath ? `${path.slice(0, longestPath)}…` : path;
};

const refuse = (place: Place | null, fault: string, node?: ValueNode): GraphQLError =>
  new GraphQLError(
    `${place === null ? 'The JSON value' : `The JSON value at ${pathOf(place)}`} ${fault}`,
    { nodes: node ?? null, extensions: { code: 'BAD_USER_INPUT' } },
  );

const tooLarge = 'is a number that JSON cannot hold. Give a smaller one, or a text.';
const inexact =
  'is a whole number with more digits than JSON readers keep. Give a smaller one, or a text.';
const enumeration = 'is a name without quotes, which is no JSON. Put it in double quotes.';

/**
 * A JSON value given as a variable. Throws GraphQLError, with the path, for a number too large for JSON's reader, which
 * makes it infinite: it would be written as null. The depth of what a client sends is not limited by a stack here.
 */
export const parseJsonValue = (value: unknown): unknown => {
  const waiting: { readonly value: unknown; readonly place: Place | null }[] = [
    { value, place: null },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { value: one, place } = next;
    if (typeof one === 'number' && !Number.isFinite(one)) throw refuse(place, tooLarge);
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
      if (!Number.isFinite(number)) throw refuse(place, tooLarge, node);
      if (node.kind === Kind.INT && !Number.isSafeInteger(number)) {
        throw refuse(place, inexact, node);
      }
      return number;
    }
    case Kind.ENUM:
      throw refuse(place, enumeration, node);
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
          // As with the fields of input objects: one whose variable was not given is left out.
          .filter(([, value]) => value !== undefined),
      );
    case Kind.VARIABLE:
      return variables?.[node.name.value];
    default:
      return node satisfies never;
  }
};

/**
 * A JSON value written in the document. Throws GraphQLError, with the path, for what is no JSON: the name of an enum's
 * value, which would be left out, and numbers that would be changed.
 */
export const parseJsonLiteral = (node: ValueNode, variables?: Variables): unknown =>
  readLiteral(node, variables, null);
