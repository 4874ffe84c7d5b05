import type { Clock } from '../../domain/clock.ts';
import { limits } from '../limits.ts';
import { createSlots, type Slots } from './slots.ts';

/**
 * Creates `size` slots for the calls of any number of circuits; the group of a call is its circuit. If the calls of some
 * circuits hang, the others still get slots: one circuit can take only a share, and the last free slot is for a circuit
 * that runs no call. With fewer than four slots, one circuit can take all of them.
 */
export const createCircuitSlots = (size: number, clock: Clock): Slots => {
  const { circuitShare, maxWaiting } = limits.queue;
  const kept = size < 4 ? 0 : 1;
  return createSlots({
    mayStart: (inCircuit, running) =>
      inCircuit === 0 ? running < size : running < size - kept && inCircuit < size * circuitShare,
    maxWaiting,
    // After a pause of the process, answers that came meanwhile are read before a call is refused: they free slots.
    scheduleRefusal: (refuse) => clock.schedule(limits.longestWaitMs, () => setImmediate(refuse)),
  });
};
