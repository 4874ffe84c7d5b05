import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Collects the garbage of this process and returns the bytes of heap in use. */
export const usedHeap = (): number => {
  if (typeof collect !== 'function')
    throw new TypeError('Node does not expose its garbage collector.');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};
