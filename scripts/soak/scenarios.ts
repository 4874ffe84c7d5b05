import { setTimeout as pause } from 'node:timers/promises';
import { limits } from '../../src/rest/limits.ts';
import { drive, outcomes, quantile, type Request, type Sample } from './load.ts';
import type { Figure } from './report.ts';
import type { Upstream } from './upstream.ts';

/** The result of one scenario. */
export interface Scenario {
  readonly figures: readonly Figure[];
  readonly note: string;
}

/** The gateway under load and the API behind it. */
export interface Setting {
  readonly url: string;
  readonly upstream: Upstream;
}

/** A page of both platforms, which makes one upstream call for each. */
const page = `query Page { enrollmentTokens(first: 10) {
  nodes { id state displayName createdAt } sources { error { code } } } }`;
const callsOfPage = 2;

/** An operation is refused only after it has waited as long as it may. */
const { longestWaitMs } = limits;

/** Enough callers that no caller has two operations in progress. The API has accepted each after its first call. */
const callers = 200;

const pages =
  ({ authorization }: Upstream) =>
  (index: number): Request => ({ query: page, authorization: authorization(index % callers) });

/** Sends load until the engine has compiled the code. A fresh process is several times slower. */
export const warmUp = async ({ url, upstream }: Setting): Promise<void> => {
  upstream.setLatencyMs(5);
  await drive(url, 60, 10_000, pages(upstream));
};

const isGood = ({ outcome }: Sample): boolean => outcome === 'OK';

const shareOf = (samples: readonly Sample[]): number =>
  samples.filter(isGood).length / samples.length;

/** Returns the start of the first second after `fromMs` in which 95 % of the operations succeed. */
const firstGoodSecond = (samples: readonly Sample[], fromMs: number): number => {
  for (let startMs = fromMs; startMs < fromMs + 60_000; startMs += 100) {
    const second = samples.filter(({ atMs }) => atMs >= startMs && atMs < startMs + 1_000);
    if (shareOf(second) >= 0.95) return startMs;
  }
  return Number.NaN;
};

/** Under steady load the API fails for 30 s in three ways, then works again. */
export const outage = async ({ url, upstream }: Setting): Promise<Scenario> => {
  const perSecond = 200;
  const outageMs = 30_000;
  const recoveryMs = 15_000;
  /** The breakers open when more than half of the calls of ten seconds have failed. This is the time until then. */
  const openingMs = 6_000;
  upstream.setLatencyMs(20);
  await drive(url, perSecond, 3_000, pages(upstream));
  upstream.takeCalls();
  const beganMs = performance.now();
  const load = drive(url, perSecond, outageMs + recoveryMs, pages(upstream));
  upstream.setOutage('error');
  await pause(outageMs / 3);
  upstream.setOutage('reset');
  await pause(outageMs / 3);
  upstream.setOutage('silence');
  await pause(outageMs / 3);
  const attempts = upstream.takeCalls();
  upstream.setOutage(null);
  const endedMs = performance.now();
  const samples = await load;
  const during = samples.filter(({ atMs }) => atMs < endedMs);
  const whileOpen = during.filter(
    ({ atMs, tookMs }) => atMs > beganMs + openingMs && atMs + tookMs < endedMs,
  );
  const recoveredMs = firstGoodSecond(samples, endedMs);
  return {
    figures: [
      {
        name: 'attempts for each planned call',
        value: attempts / (during.length * callsOfPage),
        unit: '',
        most: 1.1,
      },
      { name: 'attempts in the 30 s', value: attempts, unit: 'calls' },
      { name: 'answer while open, median', value: quantile(whileOpen, 0.5), unit: 'ms', most: 50 },
      { name: 'answer while open, p95', value: quantile(whileOpen, 0.95), unit: 'ms', most: 100 },
      { name: 'time until recovery', value: (recoveredMs - endedMs) / 1000, unit: 's', most: 10 },
    ],
    note: outcomes(samples),
  };
};

/** One call in twenty fails. */
export const flicker = async ({ url, upstream }: Setting): Promise<Scenario> => {
  upstream.setLatencyMs(20);
  upstream.takeCalls();
  upstream.failOneIn(20);
  const samples = await drive(url, 100, 20_000, pages(upstream));
  upstream.failOneIn(null);
  return {
    figures: [
      { name: 'complete reads', value: shareOf(samples) * 100, unit: '%', least: 99 },
      {
        name: 'attempts for each planned call',
        value: upstream.takeCalls() / (samples.length * callsOfPage),
        unit: '',
        most: 1.1,
      },
      { name: 'answer, p99', value: quantile(samples, 0.99), unit: 'ms' },
    ],
    note: outcomes(samples),
  };
};

/** Sends three times the load that the API's latency and the limit of concurrent calls allow. */
export const overload = async ({ url, upstream }: Setting): Promise<Scenario> => {
  const latencyMs = 500;
  const concurrency = 32;
  const capacity = (concurrency * 1000) / latencyMs / callsOfPage;
  await drive(url, 100, 3_000, pages(upstream));
  upstream.setLatencyMs(latencyMs);
  const unloaded = await drive(url, 5, 5_000, pages(upstream));
  upstream.takeCalls();
  const samples = await drive(url, 3 * capacity, 20_000, pages(upstream));
  const accepted = samples.filter(isGood);
  const refused = samples.filter((one) => !isGood(one));
  const alone = quantile(unloaded, 0.5);
  return {
    figures: [
      { name: 'asked', value: 3 * capacity, unit: 'operations/s' },
      {
        name: 'complete answers',
        value: accepted.length / 20,
        unit: 'operations/s',
        least: capacity * 0.8,
      },
      { name: 'unloaded, median', value: alone, unit: 'ms' },
      {
        name: 'accepted, median',
        value: quantile(accepted, 0.5),
        unit: 'ms',
        most: alone + longestWaitMs + 150,
      },
      {
        name: 'accepted, p95',
        value: quantile(accepted, 0.95),
        unit: 'ms',
        most: alone + longestWaitMs + 300,
      },
      {
        name: 'refused, median',
        value: quantile(refused, 0.5),
        unit: 'ms',
        most: longestWaitMs + 50,
      },
      {
        name: 'refused, p95',
        value: quantile(refused, 0.95),
        unit: 'ms',
        most: longestWaitMs + 100,
      },
    ],
    note: outcomes(samples),
  };
};
