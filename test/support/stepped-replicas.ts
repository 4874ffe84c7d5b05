import fc, { type Scheduler } from 'fast-check';
import type { CreationMeans } from '../../src/creation/creation-claim.ts';
import type { CreationRecords } from '../../src/domain/creation-record.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryRecords } from '../../src/state/memory/records.ts';

const ownershipMs = 10_000;

/** How many replicas a plan uses, from 0 on. One more exists, which nothing befalls, to look at the end. */
export const replicaCount = 3;

/** What becomes of one command to the store. */
type StoreFate = 'works' | 'fails' | 'works, answer lost';

/** What befalls the replicas, at moments of the scheduler's choice. */
export interface Mishaps {
  readonly storeFates: readonly StoreFate[];
  readonly crashes: readonly number[];
  /** Jumps of the clock, which is how a paused replica looks to the others. */
  readonly jumpsMs: readonly number[];
}

const storeFate = fc.constantFrom<StoreFate>(
  ...(['works', 'works', 'works', 'works', 'fails', 'works, answer lost'] as const),
);

export const mishaps: fc.Arbitrary<Mishaps> = fc.record({
  storeFates: fc.array(storeFate, { maxLength: 25 }),
  crashes: fc.uniqueArray(fc.nat({ max: replicaCount - 1 }), { maxLength: 2 }),
  jumpsMs: fc.array(fc.nat({ max: 2 * ownershipMs }), { maxLength: 4 }),
});

/** Replicas that crash and pause, over one store that fails: every step of theirs is taken by the scheduler. */
export interface SteppedReplicas {
  readonly epochMs: () => number;
  /** What a create on that replica needs. */
  readonly meansOf: (replica: number) => CreationMeans;
  /** One step of a replica; never comes back once it has crashed. */
  readonly step: (replica: number, label: string) => Promise<void>;
  /** Lets something happen at some moment. */
  readonly sometime: (label: string, act: () => void) => void;
  /** Ends all mishaps and the time of whoever owned a record. */
  readonly repair: () => void;
}

const never = new Promise<never>(() => {});

export const createSteppedReplicas = (scheduler: Scheduler, planned: Mishaps): SteppedReplicas => {
  let nowMs = 1_000_000;
  const crashed = new Set<number>();
  const storeFates = [...planned.storeFates];
  const memory = createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: () => nowMs });
  const hash = createProcessHash();

  const step = async (replica: number, label: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), `replica ${replica}: ${label}`);
    if (crashed.has(replica)) await never;
  };
  const sometime = (label: string, act: () => void): void => {
    void scheduler.schedule(Promise.resolve(), label).then(act);
  };

  const recordsOf = (replica: number): CreationRecords => {
    const ask = async <Answer>(label: string, command: () => Promise<Answer>): Promise<Answer> => {
      const fate = storeFates.shift() ?? 'works';
      await step(replica, `${label} leaves`);
      if (fate === 'fails') throw new Error('The store failed.');
      const answer = await command();
      await step(replica, `${label} is answered`);
      if (fate === 'works, answer lost') throw new Error('The store failed.');
      return answer;
    };
    return {
      read: (id) => ask('read', () => memory.read(id)),
      replace: (id, revision, next) => ask('replace', () => memory.replace(id, revision, next)),
    };
  };

  for (const replica of planned.crashes) sometime('a crash', () => crashed.add(replica));
  for (const jumpMs of planned.jumpsMs) {
    sometime('a jump of the clock', () => {
      nowMs += jumpMs;
    });
  }

  return {
    epochMs: () => nowMs,
    step,
    sometime,
    meansOf: (replica) => ({
      records: recordsOf(replica),
      hash,
      ownershipMs,
      clock: {
        epochMs: () => nowMs,
        wait: async (delayMs) => {
          const untilMs = nowMs + delayMs;
          await step(replica, 'waits');
          nowMs = Math.max(nowMs, untilMs);
        },
      },
    }),
    repair: () => {
      storeFates.length = 0;
      nowMs += ownershipMs;
    },
  };
};
