import { transform } from 'zod/mini';
import { isObject, unreadable } from './fields.ts';

/** JSON whose shape the API does not document. */
export type FreeFormObject = Readonly<Record<string, unknown>>;

/** Deeper nesting is cut to null: writing it out again would overflow the stack. */
const maxDepth = 64;

const isSecret = (key: string, value: unknown): boolean =>
  // An object under that name is a set of rules for passwords, not a password.
  key.toLowerCase() === 'password' && !isObject(value);

const copyWithoutSecrets = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (depth === maxDepth) return null;
  if (Array.isArray(value)) return value.map((entry) => copyWithoutSecrets(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, entry]) => !isSecret(key, entry))
      .map(([key, entry]) => [key, copyWithoutSecrets(entry, depth + 1)]),
  );
};

const withoutSecrets = (value: unknown): FreeFormObject | null => {
  if (!isObject(value)) return unreadable('unreadable-object', value);
  const copy = copyWithoutSecrets(value, 0);
  return isObject(copy) ? copy : null;
};

/** An object as it was sent, but for passwords anywhere inside; null where the value is no object. */
export const freeFormObject = transform(withoutSecrets);

/** A list as it was sent, but for passwords anywhere inside; null where the value is no list. */
export const freeFormList = transform((value: unknown): readonly unknown[] | null => {
  const copy = Array.isArray(value) ? copyWithoutSecrets(value, 0) : null;
  return Array.isArray(copy) ? copy : unreadable('unreadable-list', value);
});
