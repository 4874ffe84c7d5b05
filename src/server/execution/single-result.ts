import type { ExecutionResult } from 'graphql';

/** Whether a result is one answer, and not a stream of answers, which yoga's types allow. */
export const isSingleResult = (result: unknown): result is ExecutionResult =>
  typeof result === 'object' && result !== null && !(Symbol.asyncIterator in result);
