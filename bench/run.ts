import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { type ContenderName, contenderNames, startContender, startUpstream } from './contenders.ts';
import { checkAnswers, countCalls, measure, measureStart, type Rounds } from './measure.ts';
import { draw } from './plot.ts';
import { type Results, toMarkdown } from './report.ts';
import { scenarios } from './scenarios.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 7);
const burstMs = Number(process.env['BENCH_BURST_MS'] ?? 1_000);
const only = process.env['BENCH_ONLY']?.split(',');
const isWriting = process.argv.includes('--write');

const log = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const upstream = await startUpstream();
const running = {
  bare: await startContender('bare', upstream.url),
  plain: await startContender('plain', upstream.url),
  gateway: await startContender('gateway', upstream.url),
};

await checkAnswers(running);
const calls = await countCalls(running, upstream.url);
const measured = new Map<string, Rounds>();
for (const scenario of scenarios) {
  if (only && !only.includes(scenario.name)) continue;
  log(`${scenario.title} …`);
  measured.set(
    scenario.name,
    await measure(running, upstream.url, scenario, { rounds, durationMs: burstMs }),
  );
}
const peakBytes: Record<ContenderName, number> = {
  bare: await running.bare.peakBytes(),
  plain: await running.plain.peakBytes(),
  gateway: await running.gateway.peakBytes(),
};
await Promise.all(contenderNames.map((name) => running[name].stop()));

const startsMs: Record<ContenderName, number[]> = { bare: [], plain: [], gateway: [] };
if (!only || only.includes('start')) {
  log('start to the first correct answer …');
  for (let round = 0; round < 2 * rounds; round += 1) {
    for (const name of contenderNames) startsMs[name].push(await measureStart(name, upstream.url));
  }
}
await upstream.stop();

const results: Results = { calls, measured, peakBytes, startsMs, rounds, burstMs };
const markdown = toMarkdown(results);
process.stdout.write(`${markdown}\n`);
if (isWriting) {
  const docs = new URL('../../docs/', import.meta.url);
  await writeFile(new URL('benchmark.md', docs), markdown);
  await writeFile(new URL('benchmark.svg', docs), draw(results));
  log('Written to docs/benchmark.md and docs/benchmark.svg.');
}
