/** A JSON value. An undefined field is left out of the answer. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** A stored object, exactly as the API answers it. */
export interface Document extends JsonObject {
  readonly id: string;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

/** The entries of a list. Any other value has none. */
export const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

/** The value at a dotted path; undefined if there is none. */
export const valueAt = (value: Json | undefined, path: string): Json | undefined => {
  let current = value;
  for (const key of path.split('.')) current = isObject(current) ? current[key] : undefined;
  return current;
};
