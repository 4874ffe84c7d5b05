import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';

/*
 * Measures the resources that one request uses. It is loaded into the gateway's process, which is started with an IPC
 * channel and --expose-gc. `kept` is the memory in use after the request, `peak` the maximum during it, both in bytes.
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

// The delay gives the monitor one turn of the event loop to start, and one to record the last pause.
process.on('message', (order) => {
  if (order === 'begin') begin();
  setTimeout(() => process.send(order === 'begin' ? 'begun' : end()), 10);
});
process.channel?.unref();
