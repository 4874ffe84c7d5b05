import fc, { type Scheduler } from 'fast-check';
import type { CreationDependencies } from '../../../src/creation/creation-claim.ts';
import type { CreationRecords } from '../../../src/domain/creation-record.ts';
import { createProcessHash } from '../../../src/state/keyed-hash.ts';
import { createMemoryRecords } from '../../../src/state/memory/records.ts';

const ownershipMs = 10_000;

/** The number of replicas in a plan, counted from 0. One more replica has no faults; tests use it to check the final state. */
export const replicaCount = 3;

/** The result of one command to the store. */
type StoreOutcome = 'works' | 'fails' | 'works, answer lost';

/** The faults of the replicas and the store. The scheduler chooses their times. */
export interface FaultPlan {
  readonly storeOutcomes: readonly StoreOutcome[];
  readonly crashes: readonly number[];
  /** Jumps of the clock. To the other replicas a paused replica looks like a jump. */
  readonly jumpsMs: readonly number[];
}

const storeOutcome = fc.constantFrom<StoreOutcome>(
  ...(['works', 'works', 'works', 'works', 'fails', 'works, answer lost'] as const),
);

export const faultPlans: fc.Arbitrary<FaultPlan> = fc.record({
  storeOutcomes: fc.array(storeOutcome, { maxLength: 25 }),
  crashes: fc.uniqueArray(fc.nat({ max: replicaCount - 1 }), { maxLength: 2 }),
  jumpsMs: fc.array(fc.nat({ max: 2 * ownershipMs }), { maxLength: 4 }),
});

/** Replicas that crash and pause, with one store that fails. The scheduler runs each of their steps. */
export interface SteppedReplicas {
  readonly epochMs: () => number;
  /** The dependencies of a create on this replica. */
  readonly dependenciesOf: (replica: number) => CreationDependencies;
  /** Runs one step of a replica; never resolves if the replica has crashed. */
  readonly step: (replica: number, label: string) => Promise<void>;
  /** Calls `act` at a time that the scheduler chooses. */
  readonly schedule: (label: string, act: () => void) => void;
  /** Ends all faults, and lets the ownership of each record expire. */
  readonly repair: () => void;
}

const never = new Promise<never>(() => {});

export const createSteppedReplicas = (
  scheduler: Scheduler,
  planned: FaultPlan,
): SteppedReplicas => {
  let nowMs = 1_000_000;
  const crashed = new Set<number>();
  const storeOutcomes = [...planned.storeOutcomes];
  const memory = createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: () => nowMs });
  const hash = createProcessHash();

  const step = async (replica: number, label: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), `replica ${replica}: ${label}`);
    if (crashed.has(replica)) await never;
  };
  const schedule = (label: string, act: () => void): void => {
    void scheduler.schedule(Promise.resolve(), label).then(act);
  };

  const recordsOf = (replica: number): CreationRecords => {
    const ask = async <Answer>(label: string, command: () => Promise<Answer>): Promise<Answer> => {
      const outcome = storeOutcomes.shift() ?? 'works';
      await step(replica, `${label} leaves`);
      if (outcome === 'fails') throw new Error('The store failed.');
      const answer = await command();
      await step(replica, `${label} is answered`);
      if (outcome === 'works, answer lost') throw new Error('The store failed.');
      return answer;
    };
    return {
      read: (id) => ask('read', () => memory.read(id)),
      replace: (id, revision, next) => ask('replace', () => memory.replace(id, revision, next)),
    };
  };

  for (const replica of planned.crashes) schedule('a crash', () => crashed.add(replica));
  for (const jumpMs of planned.jumpsMs) {
    schedule('a jump of the clock', () => {
      nowMs += jumpMs;
    });
  }

  return {
    epochMs: () => nowMs,
    step,
    schedule,
    dependenciesOf: (replica) => ({
      records: recordsOf(replica),
      hash,
      ownershipMs,
      deferWrite: () => {},
      clock: {
        nowMs: () => nowMs,
        epochMs: () => nowMs,
        schedule: (delayMs, callback) => {
          const atMs = nowMs + delayMs;
          let isCancelled = false;
          void step(replica, 'waits').then(() => {
            nowMs = Math.max(nowMs, atMs);
            if (!isCancelled) callback();
          });
          return () => {
            isCancelled = true;
          };
        },
      },
    }),
    repair: () => {
      storeOutcomes.length = 0;
      nowMs += ownershipMs;
    },
  };
};
