/** Whether a value is an object or a list. */
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Returns an object as it is, and an empty object for any other value. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  isRecord(value) ? value : {};
