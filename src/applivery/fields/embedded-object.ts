import type { FreeFormObject } from './free-form.ts';

/** For each field of a domain object: whether an embedded object carries all that the field is read from. */
export type FieldPresence<Domain> = {
  readonly [Field in keyof Domain]-?: (object: FreeFormObject) => boolean;
};

/** Presence of a field that is read from one key. */
export const sent =
  (key: string) =>
  (object: FreeFormObject): boolean =>
    Object.hasOwn(object, key);

/** Presence of a list whose entries are completed from a second one; an empty list needs no completion. */
export const sentWithDetails =
  (key: string, detailsKey: string) =>
  (object: FreeFormObject): boolean => {
    if (!Object.hasOwn(object, key)) return false;
    const entries = object[key];
    const isEmpty = !Array.isArray(entries) || entries.length === 0;
    return isEmpty || Object.hasOwn(object, detailsKey);
  };

/** The fields of the domain object that the embedded one carried; a field sent as null is among them. */
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
