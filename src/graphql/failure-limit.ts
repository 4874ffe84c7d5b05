/** Limits the errors of the objects of one operation: those that it names by ids or representations, and users of tokens. */
export interface FailureLimit {
  /** Loads an object, or a field of one. After 100 failures in the operation, a failure gives null instead of the error. */
  readonly run: <Value>(load: () => Promise<Value> | Value) => Promise<Value | null>;
  /** The number of failures that gave null. */
  readonly omitted: () => number;
}

/**
 * An operation can name 1,000 objects that do not exist. Each error takes CPU time, and therefore only the first 100 failures
 * give one. The others are counted.
 */
const maxErrors = 100;

/** Creates the limit of one operation. */
export const createFailureLimit = (): FailureLimit => {
  let failures = 0;
  return {
    run: async (load) => {
      try {
        return await load();
      } catch (error) {
        failures += 1;
        if (failures <= maxErrors) throw error;
        return null;
      }
    },
    omitted: () => Math.max(0, failures - maxErrors),
  };
};
