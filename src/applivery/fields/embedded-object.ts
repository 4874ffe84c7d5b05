import type { FreeFormObject } from './free-form.ts';

/** Tells for each field of a domain object whether an embedded object carries all keys that the field is read from. */
export type FieldPresence<Domain> = {
  readonly [Field in keyof Domain]-?: (object: FreeFormObject) => boolean;
};

/** The presence of a field that is read from one key. */
export const sent =
  (key: string) =>
  (object: FreeFormObject): boolean =>
    Object.hasOwn(object, key);

/** The presence of a list with a second list of details. An empty list needs no details. */
export const sentWithDetails =
  (key: string, detailsKey: string) =>
  (object: FreeFormObject): boolean => {
    if (!Object.hasOwn(object, key)) return false;
    const entries = object[key];
    const isEmpty = !Array.isArray(entries) || entries.length === 0;
    return isEmpty || Object.hasOwn(object, detailsKey);
  };

/** Returns the fields of the domain object that the embedded object carried, including fields sent as null. */
export const knownFields = <Domain extends object>(
  domain: Domain,
  presence: FieldPresence<Domain>,
  object: FreeFormObject,
): Partial<Domain> => {
  const known: Partial<Domain> = {};
  for (const field in presence) {
    if (presence[field](object)) known[field] = domain[field];
  }
  return known;
};

/** Whether the embedded object carried every field. */
export const isWhole = <Domain extends object>(
  presence: FieldPresence<Domain>,
  object: FreeFormObject,
): boolean => {
  for (const field in presence) {
    if (!presence[field](object)) return false;
  }
  return true;
};
