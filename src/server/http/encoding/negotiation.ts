import type { IncomingMessage } from 'node:http';
import { Negotiator } from 'negotiator';

/** The content encodings of answers, the preferred one first. */
export const encodings = ['br', 'gzip'] as const;

export type Encoding = (typeof encodings)[number];

/**
 * The encoding of an answer to a request; null: none. A client without `Accept-Encoding` gets none. A client that
 * refuses every encoding, and also an answer without one, gets one without: it can read a refusal no better.
 */
export const encodingFor = (
  { headers }: Pick<IncomingMessage, 'headers'>,
  available: readonly Encoding[] = encodings,
): Encoding | null => {
  const all = [...available, 'identity'] as const;
  const best = new Negotiator({ headers }).encoding(all, { preferred: all });
  return best === undefined || best === 'identity' ? null : best;
};
