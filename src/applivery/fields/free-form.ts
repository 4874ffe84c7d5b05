import { transform } from 'zod/mini';
import { isObject, unreadable } from './fields.ts';

/** A JSON object whose shape the API does not document. Passwords are left out. */
export type FreeFormObject = Readonly<Record<string, unknown>>;

/** Deeper values become null: serializing deep nesting would overflow the stack. */
const maxDepth = 64;

const isSecret = (key: string, value: unknown): boolean =>
  // An object of this name holds rules for passwords, and no password.
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

/** A copy of an object without the passwords at any depth. Null if the value is no object. */
export const freeFormObject = transform(withoutSecrets);

/** A copy of a list without the passwords at any depth. Null if the value is no list. */
export const freeFormList = transform((value: unknown): readonly unknown[] | null => {
  const copy = Array.isArray(value) ? copyWithoutSecrets(value, 0) : null;
  return Array.isArray(copy) ? copy : unreadable('unreadable-list', value);
});
