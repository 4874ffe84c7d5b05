import process from 'node:process';
import fc from 'fast-check';
import { parse } from 'graphql';
import { createPricing, type Pricing } from '../src/graphql/pricing/pricing.ts';
import { createSchema } from '../src/graphql/schema.ts';
import { loadSandboxes, platforms } from '../src/platforms/registry.ts';
import { createSandbox } from '../src/sandbox/server.ts';
import { knownValuesOf, randomOperations } from '../test/server/limits/random-operations.ts';
import { ampleQuota } from '../test/support/gateway/ample-quota.ts';
import { defaultPriceBounds } from '../test/support/gateway/default-price-bounds.ts';
import { type Cost, startMeasuredGateway } from './hostile/gateway.ts';
import { type Shape, shapesOf } from './hostile/shapes.ts';

/*
 * Measures the resources that hostile requests use in the built gateway: `npm run hostile [-- seed [count]]`. It sends
 * each shape of the catalogue and `count` random operations of the schema, one after another, in front of an idle
 * sandbox. Its exit code is 1 if a request exceeds a bound.
 */

const [seed = '1', count = '100'] = process.argv.slice(2);

const most = { pauseMs: 100, calls: 100, peakBytes: 20_000_000 };
/** The number of additional calls that a write may make to look for its result. */
const moreAfterWrite = 10;
/** The best of three runs counts, because a busy machine only makes pauses longer. */
const runs = 3;

const sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 2_000 });
const { baseUrl } = await sandbox.listen();
const known = knownValuesOf(sandbox);
const schema = createSchema(platforms);
const estimate: Pricing = createPricing(schema, defaultPriceBounds);
const gateway = await startMeasuredGateway({
  LOG_LEVEL: 'error',
  APPLIVERY_BASE_URL: baseUrl,
  APPLIVERY_ORGANIZATION_ID: sandbox.organizationId,
  // Neither the quota nor cached lookups may affect the measurement.
  ...ampleQuota,
  LOOKUP_TTL_MS: '0',
});

const post = async ({
  body,
  authorization = `Bearer ${sandbox.apiKey}`,
}: Shape): Promise<string> => {
  const response = await fetch(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
    body,
  });
  return `${response.status} ${await response.text()}`;
};

interface Measured extends Cost {
  readonly calls: number;
  readonly answer: string;
}

const measureOnce = async (shape: Shape): Promise<Measured> => {
  sandbox.clearRequests();
  let answer = '';
  const cost = await gateway.measure(async () => {
    answer = await post(shape);
  });
  return { ...cost, calls: sandbox.requests().length, answer };
};

const measure = async (shape: Shape): Promise<Measured> => {
  let best = await measureOnce(shape);
  for (let run = 1; run < runs; run += 1) {
    const next = await measureOnce(shape);
    best = {
      cpuMs: Math.min(best.cpuMs, next.cpuMs),
      pauseMs: Math.min(best.pauseMs, next.pauseMs),
      peak: Math.min(best.peak, next.peak),
      kept: Math.min(best.kept, next.kept),
      // For calls the worst run counts, because the load of the machine does not change them.
      calls: Math.max(best.calls, next.calls),
      answer: next.answer,
    };
  }
  return best;
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);
const write = (cells: readonly string[], name: string): void =>
  void process.stdout.write(`${cells.map((cell) => cell.padStart(9)).join('')}  ${name}\n`);

let exceeded = 0;
const worst = { cpuMs: 0, pauseMs: 0, peak: 0, kept: 0, calls: 0 };

const report = (name: string, measured: Measured, estimated: string, mostCalls: number): void => {
  const { cpuMs, pauseMs, peak, kept, calls } = measured;
  worst.cpuMs = Math.max(worst.cpuMs, cpuMs);
  worst.pauseMs = Math.max(worst.pauseMs, pauseMs);
  worst.peak = Math.max(worst.peak, peak);
  worst.kept = Math.max(worst.kept, kept);
  worst.calls = Math.max(worst.calls, calls);
  const isOver = pauseMs > most.pauseMs || calls > mostCalls || peak > most.peakBytes;
  if (isOver) exceeded += 1;
  const cells = [cpuMs.toFixed(1), pauseMs.toFixed(1), megabytes(peak), megabytes(kept)];
  write([...cells, String(calls), estimated], isOver ? `${name}  EXCEEDED` : name);
};

write(['CPU ms', 'pause ms', 'peak MB', 'kept MB', 'calls', 'estimate'], 'request');
// The first requests use more time than later ones, because the engine compiles code.
for (const shape of shapesOf(known).slice(-8)) await post(shape);
for (const shape of shapesOf(known)) {
  report(shape.name, await measure(shape), '', most.calls + moreAfterWrite);
}

const operations = fc.sample(randomOperations(schema, known), {
  numRuns: Number(count),
  seed: Number(seed),
});
let served = 0;
let underestimated = 0;
for (const [index, { query, variables }] of operations.entries()) {
  const { calls: estimated, ids } = estimate({
    document: parse(query),
    operationName: undefined,
    variables,
  });
  const name = `random ${index + 1} of seed ${seed}`;
  const measured = await measure({ name, body: JSON.stringify({ query, variables }) });
  const code = /"code":"(\w+)"/.exec(measured.answer)?.[1] ?? 'OK';
  if (measured.calls > 0) served += 1;
  if (measured.calls > estimated) underestimated += 1;
  const isMutation = query.startsWith('mutation');
  const mostCalls = most.calls + (isMutation ? moreAfterWrite : 0);
  report(`${name}: ${code}`, measured, ids > 1_000 ? 'ids' : String(estimated), mostCalls);
}

process.stdout.write(
  `worst: ${worst.cpuMs.toFixed(1)} ms of CPU, a pause of ${worst.pauseMs.toFixed(1)} ms (at most ${most.pauseMs}), ${megabytes(worst.peak)} MB (at most ${megabytes(most.peakBytes)}), ${megabytes(worst.kept)} MB kept, ${worst.calls} calls (at most ${most.calls}, ${moreAfterWrite} more after a write)\n` +
    `${served} of ${count} random operations made calls; ${underestimated} made more than was estimated\n` +
    `${exceeded} exceeded a bound\n`,
);
await gateway.stop();
await sandbox.close();
process.exitCode = exceeded > 0 ? 1 : 0;
