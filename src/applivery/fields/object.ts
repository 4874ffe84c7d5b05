import { z } from 'zod';
import { transform } from 'zod/mini';
import { isObject } from './fields.ts';
import type { FreeFormObject } from './free-form.ts';

/*
 * An object's schema is also the declaration of what is made of it: its fields have the domain's names, and `renamed` gives
 * the API's key of a field if it differs. The type of the object, the keys that are read and the fields that an embedded
 * object carries all follow from the schema.
 */

/** Where the API's object has a field. */
interface Place {
  /** The keys that the field is read from. */
  readonly keys: readonly string[];
  readonly take: (object: FreeFormObject) => unknown;
  /** Whether an object carries all that the field is read from. */
  readonly isSent: (object: FreeFormObject) => boolean;
}

const places = new WeakMap<object, Place>();

const underKey = (key: string): Place => ({
  keys: [key],
  take: (object) => object[key],
  isSent: (object) => Object.hasOwn(object, key),
});

const placed = <Schema extends z.core.$ZodType>(schema: Schema, place: Place): Schema => {
  // A copy, since other fields use the same schema.
  const copy = z.clone(schema);
  places.set(copy, place);
  return copy;
};

/** A field that the API sends under another key. */
export const renamed = <Schema extends z.core.$ZodType>(key: string, schema: Schema): Schema =>
  placed(schema, underKey(key));

/** A field that is read from several keys: its schema gets the whole object. */
export const joined = <Schema extends z.core.$ZodType>(
  keys: readonly string[],
  schema: Schema,
  isSent: Place['isSent'] = (object) => keys.every((key) => Object.hasOwn(object, key)),
): Schema => placed(schema, { keys, take: (object) => object, isSent });

/** Where the API's object has the field of this name. */
export const placeOf = (name: string, field: object): Place => places.get(field) ?? underKey(name);

/** The schema of an object whose fields have the domain's names. */
export const objectOf = <Shape extends z.core.$ZodShape>(shape: Shape) => {
  const sources = Object.entries(shape).map(([name, field]) => {
    const { keys } = placeOf(name, field);
    return { name, key: keys.length === 1 ? (keys[0] ?? null) : null };
  });
  const empty: Readonly<Record<string, unknown>> = Object.fromEntries(
    sources.map(({ name }) => [name, undefined]),
  );
  return z.pipe(
    transform((value: unknown) => {
      if (!isObject(value)) return value;
      const named: Record<string, unknown> = { ...empty };
      for (const { name, key } of sources) named[name] = key === null ? value : value[key];
      return named;
    }),
    z.object(shape),
  );
};

/** A schema whose values are mapped. */
export const mapped = <From, To>(schema: z.core.$ZodType<From>, map: (value: From) => To) =>
  z.pipe(schema, transform(map));

/** Tells for each field whether an embedded object carries it. */
export type Presence = ReadonlyMap<string, Place['isSent']>;

/** The presence of the fields of an object. The fields in `withId` are known if the id is. */
export const presenceOf = (
  shape: Readonly<Record<'sourceId', object>>,
  withId: readonly string[],
): Presence => {
  const { isSent } = placeOf('sourceId', shape.sourceId);
  return new Map([
    ...Object.entries(shape).map(([name, field]) => [name, placeOf(name, field).isSent] as const),
    ...withId.map((name) => [name, isSent] as const),
  ]);
};

/** Returns the fields of the domain object that the embedded object carried, including fields sent as null. */
export const knownFields = <Domain extends object>(
  domain: Domain,
  presence: Presence,
  object: FreeFormObject,
): Partial<Domain> => {
  const known: Partial<Domain> = {};
  for (const field in domain) {
    if (presence.get(field)?.(object)) known[field] = domain[field];
  }
  return known;
};

/** Whether the embedded object carried every field. */
export const isWhole = (presence: Presence, object: FreeFormObject): boolean => {
  for (const isSent of presence.values()) if (!isSent(object)) return false;
  return true;
};
