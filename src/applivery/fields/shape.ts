import { createHash } from 'node:crypto';
import { z } from 'zod';
import { nestedSchema } from './fields.ts';

/** The names of the fields that a schema reads, at every depth, sorted. */
const fieldsOf = (schema: unknown): unknown => {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, field]) => [name, fieldsOf(field)]);
  }
  const inner = typeof schema === 'object' && schema !== null ? nestedSchema(schema) : undefined;
  return inner === undefined ? null : fieldsOf(inner);
};

/**
 * Returns a short hash of the fields that a schema reads, at every depth, and of the field names of the object that is
 * made of them. It changes if a field is added, removed or renamed.
 */
export const shapeOf = (schema: z.ZodType, names: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([fieldsOf(schema), names.toSorted()]))
    .digest('base64url')
    .slice(0, 16);
