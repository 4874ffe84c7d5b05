import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

/** Bytes of this process's heap that are in use once its garbage has been collected. */
export const usedHeap = (): number => {
  if (typeof collect !== 'function') throw new TypeError('Node does not expose its collector.');
  collect();
  collect();
  return process.memoryUsage().heapUsed;
};
