/** Whether a value has fields: an object, or a list. */
export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** An input object; empty for anything else. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  isRecord(value) ? value : {};

/** A list; empty for anything else. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
