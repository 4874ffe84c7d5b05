import { setTimeout as pause } from 'node:timers/promises';
import { readSamples, scrape } from '../../test/support/gateway/metrics.ts';
import type { Figure } from './report.ts';

/** The metrics of the process at one time. */
interface Reading {
  readonly heapBytes: number;
  readonly residentBytes: number;
  readonly handles: number;
  readonly files: number;
}

const readMetrics = async (url: string): Promise<Reading> => {
  const text = await scrape(url);
  const read = (name: string): number => readSamples(text, name)[0]?.value ?? Number.NaN;
  return {
    heapBytes: read('gateway_nodejs_heap_size_used_bytes'),
    residentBytes: read('gateway_process_resident_memory_bytes'),
    handles: read('gateway_nodejs_active_handles_total'),
    files: read('gateway_process_open_fds'),
  };
};

const megabyte = 1024 * 1024;
const smallest = (values: readonly number[]): number => Math.min(...values);

/**
 * Reads the metrics of a gateway each second. The returned function ends this and gives the figures. `mostConnections` is
 * how many more connections the last third may have than the middle third.
 */
export const watchMemory = (
  url: string,
  mostConnections: number,
): (() => Promise<readonly Figure[]>) => {
  const readings: Reading[] = [];
  let isOver = false;
  const watch = (async () => {
    while (!isOver) {
      readings.push(await readMetrics(url));
      await pause(1_000);
    }
  })();
  return async () => {
    isOver = true;
    await watch;
    const third = Math.floor(readings.length / 3);
    const middle = readings.slice(third, 2 * third);
    const last = readings.slice(2 * third);
    const growth = (of: (reading: Reading) => number): number =>
      smallest(last.map(of)) - smallest(middle.map(of));
    return [
      {
        name: 'lowest heap',
        value: smallest(last.map(({ heapBytes }) => heapBytes)) / megabyte,
        unit: 'MB',
      },
      {
        name: 'growth of the heap, middle third to last third',
        value: growth(({ heapBytes }) => heapBytes) / megabyte,
        unit: 'MB',
        most: 8,
      },
      {
        name: 'resident memory',
        value: (last.at(-1)?.residentBytes ?? Number.NaN) / megabyte,
        unit: 'MB',
        most: 400,
      },
      {
        name: 'growth of handles',
        value: growth(({ handles }) => handles),
        unit: '',
        most: mostConnections,
      },
      {
        name: 'growth of open files',
        value: growth(({ files }) => files),
        unit: '',
        most: mostConnections,
      },
    ];
  };
};
