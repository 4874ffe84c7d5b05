import { createHash } from 'node:crypto';
import { z } from 'zod';
import { nestedSchema } from './fields.ts';
import { placeOf } from './object.ts';

/** The names of the fields that a schema reads and the keys that they are read from, at every depth, sorted. */
const fieldsOf = (schema: z.core.$ZodType): unknown => {
  if (schema instanceof z.ZodObject) {
    return Object.entries<z.core.$ZodType>(schema.shape)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, field]) => [name, placeOf(name, field).keys, fieldsOf(field)]);
  }
  if (schema instanceof z.ZodPipe) return [fieldsOf(schema.in), fieldsOf(schema.out)];
  const inner = nestedSchema(schema);
  return inner === undefined ? null : fieldsOf(inner);
};

/** Returns a short hash of the fields that a schema reads, at every depth. It changes if a field is added, removed or renamed. */
export const shapeOf = (schema: z.core.$ZodType): string =>
  createHash('sha256')
    .update(JSON.stringify(fieldsOf(schema)))
    .digest('base64url')
    .slice(0, 16);
