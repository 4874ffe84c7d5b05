import process from 'node:process';
import { bodyOf, hostileDocuments } from '../test/security/hostile-documents.ts';
import { startWorld } from '../test/support/gateway.ts';

/** Sends every hostile document, prints the CPU time that its refusal took, and fails where one took too long. */

const mostCpuMs = 50;
const runs = 5;

const world = await startWorld({ tokens: 30 });

const cpuMsOf = async (body: string): Promise<number> => {
  const before = process.cpuUsage();
  const response = await fetch(world.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  await response.text();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
};

let slowest = 0;
// Client and server share this process, so the client's part is counted in. A comment makes each document a new one.
for (const hostile of hostileDocuments) {
  const times: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    times.push(await cpuMsOf(bodyOf({ ...hostile, query: `${hostile.query} # ${run}` })));
  }
  const cpuMs = Math.min(...times);
  slowest = Math.max(slowest, cpuMs);
  process.stdout.write(`${cpuMs.toFixed(1).padStart(7)} ms  ${hostile.name}\n`);
}
process.stdout.write(`slowest ${slowest.toFixed(1)} ms of CPU, at most ${mostCpuMs} allowed\n`);
await world.close();
process.exitCode = slowest > mostCpuMs ? 1 : 0;
