/** Failures of the things that one operation names by ids or representations. */
export interface FailureLimit {
  /** Resolves with what was loaded. Past the hundredth failure of the operation it resolves to null in place of the error. */
  readonly run: <Value>(load: () => Promise<Value> | Value) => Promise<Value | null>;
  /** Failures that have no error of their own. */
  readonly omitted: () => number;
}

/**
 * An operation may name a thousand things that do not exist. Each error costs CPU to make, so the first hundred have one
 * and the others are counted.
 */
const mostFailures = 100;

export const createFailureLimit = (): FailureLimit => {
  let failures = 0;
  return {
    run: async (load) => {
      try {
        return await load();
      } catch (error) {
        failures += 1;
        if (failures <= mostFailures) throw error;
        return null;
      }
    },
    omitted: () => Math.max(0, failures - mostFailures),
  };
};
