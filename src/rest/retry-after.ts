import { limits } from './limits.ts';

/**
 * The wait in milliseconds that one `Retry-After` value asks for, in seconds or as a date, at most 1 h. Null if it is
 * absent or cannot be read.
 */
const parseRetryAfter = (header: string | undefined, epochMs: number): number | null => {
  const text = header?.trim() ?? '';
  const isSeconds = /^\d+$/.test(text);
  // Date.parse reads a date out of almost any text with a digit.
  if (!isSeconds && !/^[a-z]{3}, /i.test(text)) return null;
  const waitMs = isSeconds ? Number(text) * 1000 : Date.parse(text) - epochMs;
  return Number.isNaN(waitMs) ? null : Math.min(Math.max(waitMs, 0), limits.retryAfter.longestMs);
};

/** The longest wait of all lines of a `Retry-After` header. Null if no line can be read. */
export const longestRetryAfter = (
  lines: string | readonly string[] | undefined,
  epochMs: number,
): number | null => {
  const waits = [lines].flat().flatMap((line) => parseRetryAfter(line, epochMs) ?? []);
  return waits.length === 0 ? null : Math.max(...waits);
};
