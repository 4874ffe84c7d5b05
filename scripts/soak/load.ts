import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';

/** One operation as its client saw it. */
export interface Sample {
  /** On the scale of performance.now(). */
  readonly atMs: number;
  readonly tookMs: number;
  /** `OK`, the code of the first error, or of the first platform that is missing. */
  readonly outcome: string;
}

export interface Request {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly authorization: string;
  /** Leaves after so many milliseconds without waiting for the answer. */
  readonly leavesAfterMs?: number;
}

const agent = new Agent({ connections: 4_096, headersTimeout: 0, bodyTimeout: 0 });

const coded = z.object({ code: z.string() });
const errors = z.tuple([z.object({ extensions: coded })], z.unknown());
const sources = z.object({ sources: z.array(z.object({ error: coded.nullable() })) });

const outcomeOf = (text: string): string => {
  const answer: unknown = JSON.parse(text);
  const failed = z.object({ errors }).safeParse(answer);
  if (failed.success) return failed.data.errors[0].extensions.code;
  const page = z.object({ data: z.object({ enrollmentTokens: sources }) }).safeParse(answer);
  const missing = page.data?.data.enrollmentTokens.sources.find(({ error }) => error !== null);
  return missing?.error?.code ?? 'OK';
};

/** Asks once. */
export const ask = async (url: string, asked: Request): Promise<Sample> => {
  const atMs = performance.now();
  const { query, variables, authorization, leavesAfterMs } = asked;
  const outcome = await request(url, {
    dispatcher: agent,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization },
    body: JSON.stringify({ query, variables }),
    ...(leavesAfterMs !== undefined && { signal: AbortSignal.timeout(leavesAfterMs) }),
  })
    .then(async ({ body }) => outcomeOf(await body.text()))
    .catch((error: unknown) => (leavesAfterMs === undefined ? `NO ANSWER: ${error}` : 'LEFT'));
  return { atMs, tookMs: performance.now() - atMs, outcome };
};

/**
 * Asks at a steady rate, whether answers come or not, as clients who know nothing of one another do. Resolves when the
 * time is over and all have been answered.
 */
export const drive = async (
  url: string,
  perSecond: number,
  durationMs: number,
  next: (index: number) => Request,
): Promise<readonly Sample[]> => {
  const asked: Promise<Sample>[] = [];
  const startedMs = performance.now();
  for (;;) {
    const passedMs = performance.now() - startedMs;
    if (passedMs >= durationMs) break;
    const due = Math.floor((passedMs * perSecond) / 1000);
    while (asked.length <= due) asked.push(ask(url, next(asked.length)));
    await pause(4);
  }
  return Promise.all(asked);
};

export const closeLoad = (): Promise<void> => agent.close();

/** The latency that this share of the samples does not exceed. */
export const quantile = (samples: readonly Sample[], share: number): number => {
  const sorted = samples.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/** How many samples ended how, the most frequent first. */
export const outcomes = (samples: readonly Sample[]): string => {
  const counts = new Map<string, number>();
  for (const { outcome } of samples) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([outcome, count]) => `${outcome} ${count}`)
    .join(', ');
};
