import { setTimeout as pause } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { z } from 'zod';

/** The result of one operation for its client. */
export interface Sample {
  /** The start, as a value of performance.now(). */
  readonly atMs: number;
  readonly tookMs: number;
  /** `OK`, or the code of the first error, or the code of the first platform that failed. */
  readonly outcome: string;
}

/** One operation of the load. */
export interface Request {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly authorization: string;
  /** The client disconnects after this time, without waiting for the answer. */
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

/** Sends one operation and waits for the answer. */
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
 * Sends operations at a steady rate, even if earlier ones are not answered, like independent clients. Resolves when the
 * time is over and all operations are answered.
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

/** Returns the latency that this share of the samples does not exceed. */
export const quantile = (samples: readonly Sample[], share: number): number => {
  const sorted = samples.map(({ tookMs }) => tookMs).sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
};

/** Lists the outcomes with their counts, the most frequent first. */
export const outcomes = (samples: readonly Sample[]): string => {
  const counts = new Map<string, number>();
  for (const { outcome } of samples) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts]
    .sort(([, one], [, other]) => other - one)
    .map(([outcome, count]) => `${outcome} ${count}`)
    .join(', ');
};
