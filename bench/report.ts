import { cpus, release, totalmem, type } from 'node:os';
import process from 'node:process';
import { type ContenderName, contenderNames, titles } from './contenders.ts';
import { type Burst, type Rounds, warmUpRounds } from './measure.ts';
import { scenarios } from './scenarios.ts';

/** The results of a benchmark run. */
export interface Results {
  readonly calls: Readonly<
    Record<ContenderName, { readonly first: number; readonly again: number }>
  >;
  readonly measured: ReadonlyMap<string, Rounds>;
  readonly peakBytes: Readonly<Record<ContenderName, number>>;
  readonly startsMs: Readonly<Record<ContenderName, readonly number[]>>;
  readonly rounds: number;
  readonly burstMs: number;
}

/** One measurement, as a ratio to the bare aggregator in the same round. */
export interface Ratio {
  readonly title: string;
  readonly isBetterHigh: boolean;
  readonly of: Readonly<Record<ContenderName, number>>;
  readonly spread: Readonly<Record<ContenderName, readonly [number, number]>>;
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

const byContender = <Value>(make: (name: ContenderName) => Value) => ({
  bare: make('bare'),
  plain: make('plain'),
  gateway: make('gateway'),
});

const ratiosOf = (
  title: string,
  isBetterHigh: boolean,
  rounds: Rounds,
  read: (burst: Burst) => number,
): Ratio => {
  const all = byContender((name) => rounds.map((round) => read(round[name]) / read(round.bare)));
  return {
    title,
    isBetterHigh,
    of: byContender((name) => median(all[name])),
    spread: byContender((name) => [Math.min(...all[name]), Math.max(...all[name])] as const),
  };
};

/** Returns the ratios of the load scenarios that were run. */
export const toRatios = ({ measured }: Results): readonly Ratio[] => {
  const make = (
    scenario: string,
    title: string,
    isBetterHigh: boolean,
    read: (burst: Burst) => number,
  ): Ratio[] => {
    const rounds = measured.get(scenario);
    return rounds ? [ratiosOf(title, isBetterHigh, rounds, read)] : [];
  };
  const speed = ({ operationsPerSecond: operationsASecond }: Burst) => operationsASecond;
  const cpu = ({ cpuMsPerOperation: cpuMsAnOperation }: Burst) => cpuMsAnOperation;
  return [
    ...make('page', 'page, warm: operations per second', true, speed),
    ...make('page', 'page, warm: CPU per operation', false, cpu),
    ...make('page-shared', 'page, one key: operations per second', true, speed),
    ...make('page-shared', 'page, one key: CPU per operation', false, cpu),
    ...make('flat', 'flat: operations per second', true, speed),
    ...make('flat', 'flat: CPU per operation', false, cpu),
    ...make('flat-shared', 'flat, one key: operations per second', true, speed),
    ...make('flat-shared', 'flat, one key: CPU per operation', false, cpu),
  ];
};

const quota = 10_000;
/** The number of times per hour that the gateway reads lookups again: the default LOOKUP_TTL_MS is 30 s. */
const refreshesAnHour = 120;

/** Returns the number of page views per hour of one caller that the quota of the API allows. */
const viewsAnHour = (name: ContenderName, { calls }: Results): number => {
  const { first, again } = calls[name];
  const refreshing = first === again ? 0 : (first - again) * refreshesAnHour;
  return Math.floor((quota - refreshing) / again);
};

const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (heads: readonly string[], rows: readonly string[]): string =>
  [row(...heads), `|${'---|'.repeat(heads.length)}`, ...rows].join('\n');
const fixed = (value: number, digits = 2): string =>
  Number.isFinite(value) ? value.toFixed(digits) : '–';

const ratioRows = (results: Results): string[] =>
  toRatios(results).map(({ title, of, spread }) =>
    row(
      title,
      ...contenderNames.map((name) =>
        name === 'bare'
          ? '1'
          : `${fixed(of[name])} (${spread[name].map((end) => fixed(end)).join('–')})`,
      ),
    ),
  );

const farRows = ({ measured }: Results): string[] =>
  [
    { scenario: 'page-far-warm', hops: { bare: 2, plain: 2, gateway: 1 } },
    { scenario: 'page-far-cold', hops: { bare: 2, plain: 2, gateway: 2 } },
  ].flatMap(({ scenario, hops }) => {
    const rounds = measured.get(scenario);
    const title = scenarios.find(({ name }) => name === scenario)?.title ?? scenario;
    if (!rounds) return [];
    const cells = contenderNames.map((name) => {
      const ms = median(rounds.map((round) => round[name].p50Ms));
      return `${fixed(ms, 1)} ms, ${fixed(ms / (hops[name] * 10))} of ${hops[name]} × 10 ms`;
    });
    return [row(title, ...cells)];
  });

const absoluteRows = ({ measured }: Results): string[] =>
  scenarios.flatMap(({ name: scenario, title }) => {
    const rounds = measured.get(scenario);
    if (!rounds) return [];
    return contenderNames.map((name) => {
      const of = (read: (burst: Burst) => number) =>
        median(rounds.map((round) => read(round[name])));
      return row(
        title,
        titles[name],
        fixed(
          of((burst) => burst.operationsPerSecond),
          0,
        ),
        fixed(
          of((burst) => burst.p50Ms),
          1,
        ),
        fixed(
          of((burst) => burst.p99Ms),
          1,
        ),
        fixed(of((burst) => burst.cpuMsPerOperation)),
        fixed(
          of((burst) => burst.callsPerOperation),
          1,
        ),
      );
    });
  });

const machine = (): string => {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model ?? 'unknown CPU'}, ${memory} GiB, ${type()} ${release()}, Node ${process.version}`;
};

/** Formats the report. */
export const toMarkdown = (results: Results): string => {
  const heads = contenderNames.map((name) => titles[name]);
  const { calls, peakBytes, startsMs, rounds, burstMs } = results;
  return `# Benchmark

Written by \`npm run bench -- --write\`: ${machine()}.

Three programs answer the same two queries in front of the same upstream, whose answers are prepared. Each program is a
separate process. **page**: the newest 50 tokens of both platforms merged, each with its user and policies, which
need lookups (41 users, 20 policies). **flat**: 50 tokens of one platform, scalars only. The **bare aggregator** is
Node's HTTP server and a pool of connections, written only for these two queries: no GraphQL, no checks, no cache. The
**plain stack** is yoga, Pothos and one dataloader call per id. The **gateway** runs as delivered, with logs, metrics,
limits and checks. If 50 clients have 50 keys, they share only the process. If they have one key, the gateway reads
once for all operations that run at the same time. The flat list shows the cost of what the plain stack leaves out:
checks, limits, cost estimates, metrics, logs and cursors.

The programs take turns in ${rounds} rounds, with ${burstMs} ms for each. A ratio compares two programs in one round. The tables
show the median over the rounds, with the minimum and the maximum. Before the first round each program warms up for the
time of ${warmUpRounds} rounds. The machine was shared, so only the ratios are meaningful.

![Ratios to the bare aggregator](benchmark.svg)

## Upstream calls

${table(
  ['', ...heads],
  [
    row(
      'page, first time / again',
      ...contenderNames.map((name) => `${calls[name].first} / ${calls[name].again}`),
    ),
    row(
      'page views per hour with 10,000 calls',
      ...contenderNames.map((name) => viewsAnHour(name, results)),
    ),
  ],
)}

The gateway's page views include the calls that read the lookups of one caller again every 30 s.

## Ratios to the bare aggregator

${table(['', ...heads], ratioRows(results))}

## Median and critical path

One client waits for each answer. \`1.47 of 2 × 10 ms\` says that the critical path has 2 upstream calls of 10 ms each, and
that the median is 1.47 times as long.

${table(['', ...heads], farRows(results))}

## Start and memory

${table(
  ['', ...heads],
  [
    row(
      'start to the first correct answer, ms',
      ...contenderNames.map((name) => fixed(median(startsMs[name]), 0)),
    ),
    row('maximum memory, MB', ...contenderNames.map((name) => fixed(peakBytes[name] / 1e6, 0))),
  ],
)}

## Absolute figures

${table(['work', 'program', 'operations per second', 'p50, ms', 'p99, ms', 'CPU per operation, ms', 'upstream calls per operation'], absoluteRows(results))}
`;
};
