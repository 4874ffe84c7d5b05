import type { ExecutionResult } from 'graphql';

/** Whether a result is one answer, and not a stream, which is the result of starting a subscription. */
export const isSingleResult = (result: unknown): result is ExecutionResult =>
  typeof result === 'object' && result !== null && !(Symbol.asyncIterator in result);
