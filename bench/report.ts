import { cpus, release, totalmem, type } from 'node:os';
import process from 'node:process';
import { type ContenderName, contenderNames, titles } from './contenders.ts';
import { type Burst, type Rounds, warmUpRounds } from './measure.ts';
import { scenarios } from './scenarios.ts';

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

/** One measure as a ratio to the bare aggregator in the same round. */
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

/** The ratios of the load scenarios, as far as they were run. */
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
  const speed = ({ operationsASecond }: Burst) => operationsASecond;
  const cpu = ({ cpuMsAnOperation }: Burst) => cpuMsAnOperation;
  return [
    ...make('page', 'page, warm: operations a second', true, speed),
    ...make('page', 'page, warm: CPU an operation', false, cpu),
    ...make('page-shared', 'page, one key: operations a second', true, speed),
    ...make('page-shared', 'page, one key: CPU an operation', false, cpu),
    ...make('flat', 'flat: operations a second', true, speed),
    ...make('flat', 'flat: CPU an operation', false, cpu),
    ...make('flat-shared', 'flat, one key: operations a second', true, speed),
    ...make('flat-shared', 'flat, one key: CPU an operation', false, cpu),
  ];
};

const quota = 10_000;
/** How often an hour the gateway reads lookups anew: the default LOOKUP_TTL_MS is 30 s. */
const refreshesAnHour = 120;

/** Page views of one caller in an hour, out of the API's quota. */
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
          of((burst) => burst.operationsASecond),
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
        fixed(of((burst) => burst.cpuMsAnOperation)),
        fixed(
          of((burst) => burst.callsAnOperation),
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

/** The whole report. */
export const toMarkdown = (results: Results): string => {
  const heads = contenderNames.map((name) => titles[name]);
  const { calls, peakBytes, startsMs, rounds, burstMs } = results;
  return `# Benchmark

Written by \`npm run bench -- --write\`: ${machine()}.

Three programs answer the same two queries in front of the same upstream, whose answers are made beforehand; each is a
process of its own. **page**: the newest 50 tokens of both platforms merged, each with its user and policies, which
need lookups (41 users, 20 policies). **flat**: 50 tokens of one platform, scalars only. The **bare aggregator** is
Node's HTTP server and a pool of connections, written for these two queries alone: no GraphQL, no checks, no cache. The
**plain stack** is yoga, Pothos and one dataloader call an id. The **gateway** runs as it is delivered: logs, metrics,
limits and checks on. Where 50 clients have 50 keys, nothing is shared between them but the process; where they have
one, the gateway reads once for all who ask at the same time.

All three take turns within ${rounds} rounds, with ${burstMs} ms for each; a ratio is of one round, and what is shown is
the median over the rounds, with the least and the greatest. Before them each warms up for as long as ${warmUpRounds} of them. The
machine was shared: ratios are what counts.

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
      'page views an hour out of 10,000 calls',
      ...contenderNames.map((name) => viewsAnHour(name, results)),
    ),
  ],
)}

The gateway's views count what it needs to read the lookups of one caller anew every 30 s.

## Ratios to the bare aggregator

${table(['', ...heads], ratioRows(results))}

## Median and critical path

${table(['', ...heads], farRows(results))}

## Start and memory

${table(
  ['', ...heads],
  [
    row(
      'start to the first right answer, ms',
      ...contenderNames.map((name) => fixed(median(startsMs[name]), 0)),
    ),
    row('most memory held, MB', ...contenderNames.map((name) => fixed(peakBytes[name] / 1e6, 0))),
  ],
)}

## Absolute figures

${table(['work', 'program', 'operations a second', 'p50, ms', 'p99, ms', 'CPU an operation, ms', 'upstream calls an operation'], absoluteRows(results))}
`;
};
