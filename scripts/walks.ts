import { fork } from 'node:child_process';
import { Console } from 'node:console';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { runWalks, type WalksReport } from '../test/paging/oracle/walks.ts';

/**
 * Runs random walks over connections whose lists change before any read: 100,000 seeds, or the number given as the
 * first argument, from the seed given as the second one. Prints what they cost and every seed that broke a promise.
 */
const batch = 250;
const console = new Console(process.stdout, process.stderr);

const inChild = async (from: number, to: number): Promise<void> => {
  for (let start = from; start < to; start += batch) {
    process.send?.(await runWalks(start, Math.min(to, start + batch)));
  }
};

const addUp = (reports: readonly WalksReport[]) => {
  const table: Record<string, Record<string, number>> = {};
  for (const [kind, cost] of reports.flatMap(({ costs }) => Object.entries(costs))) {
    const row = table[kind] ?? {};
    for (const [name, value] of Object.entries(cost)) row[name] = (row[name] ?? 0) + value;
    table[kind] = row;
  }
  return Object.fromEntries(
    Object.entries(table).map(([kind, row]) => [
      kind,
      { ...row, callsAPage: Number(((row['calls'] ?? 0) / (row['pages'] ?? 1)).toFixed(2)) },
    ]),
  );
};

const inMain = async (walks: number, first: number): Promise<void> => {
  const workers = availableParallelism();
  const share = Math.ceil(walks / workers);
  const reports: WalksReport[] = [];
  const run = async (index: number): Promise<void> => {
    const from = first + index * share;
    const to = Math.min(first + walks, from + share);
    const child = fork(fileURLToPath(import.meta.url), ['--child', String(from), String(to)]);
    child.on('message', (report: WalksReport) => {
      reports.push(report);
      for (const { seed, message } of report.broken) console.error(`seed ${seed}: ${message}`);
    });
    await once(child, 'exit');
  };
  await Promise.all(Array.from({ length: workers }, (_, index) => run(index)));
  const broken = reports.reduce((sum, report) => sum + report.broken.length, 0);
  const done = reports.reduce((sum, report) => sum + report.walks, 0);
  console.table(addUp(reports));
  console.log(`${done} walks, ${broken} broke a promise.`);
  if (broken > 0 || done !== walks) process.exitCode = 1;
};

const [mode, ...numbers] = process.argv.slice(2);
if (mode === '--child') await inChild(Number(numbers[0]), Number(numbers[1]));
else await inMain(Number(mode ?? 100_000), Number(numbers[0] ?? 0));
