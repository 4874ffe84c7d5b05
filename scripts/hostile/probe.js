import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

/*
 * Loaded into the gateway's own process, which is started with an IPC channel and --expose-gc: measures what one request
 * costs there. Memory is counted in bytes that are reachable: `kept` after the request, `peak` at the most while it ran.
 */

const sampleMs = 2;
const loop = monitorEventLoopDelay({ resolution: 1 });
let sampling;
let before;

const usedBytes = () => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const begin = () => {
  global.gc();
  before = { bytes: usedBytes(), cpu: process.cpuUsage(), peak: 0 };
  const sample = () => {
    before.peak = Math.max(before.peak, usedBytes() - before.bytes);
  };
  sampling = setInterval(sample, sampleMs);
  loop.enable();
  loop.reset();
};

const end = () => {
  const pauseMs = loop.max / 1e6;
  const { user, system } = process.cpuUsage(before.cpu);
  loop.disable();
  clearInterval(sampling);
  const peak = Math.max(before.peak, usedBytes() - before.bytes);
  global.gc();
  return { cpuMs: (user + system) / 1000, pauseMs, peak, kept: usedBytes() - before.bytes };
};

// The monitor needs a turn to begin with, and one to see the last pause.
process.on('message', (order) => {
  if (order === 'begin') begin();
  setTimeout(() => process.send(order === 'begin' ? 'begun' : end()), 10);
});
process.channel?.unref();
