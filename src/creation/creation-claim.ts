import { randomUUID } from 'node:crypto';
import type { WallClock } from '../domain/clock.ts';
import type {
  CreationProgress,
  CreationRecord,
  CreationRecords,
} from '../domain/creation-record.ts';
import {
  IdempotencyConflictError,
  OutcomeUnknownError,
  UpstreamUnavailableError,
} from '../domain/errors.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { WriteLater } from './later-writes.ts';

/** What creates need from outside. */
export interface CreationMeans {
  readonly records: CreationRecords;
  readonly clock: WallClock;
  readonly hash: KeyedHash;
  /** How long a record is left to its owner, in milliseconds: longer than any operation lasts. */
  readonly ownershipMs: number;
  /** For what a call could not write at its end. Absent: it is given up. */
  readonly writeLater?: WriteLater;
}

/** A create with a key, as a call finds it. */
export interface Claim<Progress> {
  readonly progress: Progress;
  /** Whether the call may carry the create on; else there is nothing (more) to send. */
  readonly isOwned: boolean;
  /**
   * Stores how far the create came, before anything is sent. False where another call owns it now: then nothing may be
   * sent. Throws UpstreamUnavailableError where the store cannot be reached: then neither.
   */
  readonly keep: (progress: Progress) => Promise<boolean>;
  /**
   * Stores how the call left the create, or forgets it (null), and gives it up. If the store cannot be reached, it is
   * written later, unless the process ends before: the record says less than is known until then, never more.
   */
  readonly finish: (progress: Progress | null) => Promise<void>;
}

/** What a call wants to carry on. */
export interface ClaimRequest<Progress> {
  readonly id: string;
  readonly inputHash: string;
  /** Where it starts if no call was there before; something is left to send there. */
  readonly first: Progress;
  /** Null where the record is of another kind of create. */
  readonly narrow: (progress: CreationProgress) => Progress | null;
  /** Whether anything is left that surely was not sent. */
  readonly canGoOn: (progress: Progress) => boolean;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

const firstDelayMs = 25;
const longestDelayMs = 1_000;

/** Readings in a row that may fail before a call gives up: at its start, and while it waits for another one. */
const toleratedFailures = { atStart: 1, waiting: 3 } as const;

/** The failure of a call that could not wait any longer for another one with its key. */
export const stillRunning = (): OutcomeUnknownError =>
  new OutcomeUnknownError(
    'An earlier call with this idempotency key is still running. Repeat the call with the same key for its outcome.',
    [],
  );

const reach = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  try {
    return await ask();
  } catch (cause) {
    throw new UpstreamUnavailableError(
      'Idempotency keys cannot be checked at the moment, so nothing was sent. Try again later with the same key.',
      { reason: 'unreachable', mayHaveArrived: false },
      { cause },
    );
  }
};

/**
 * Waits until no other call is at work on a create, and makes it this call's own where something is left to send.
 * Throws IdempotencyConflictError, UpstreamUnavailableError where the store cannot be reached, and OutcomeUnknownError
 * where the signal ends the waiting.
 */
export const claimCreation = async <Progress extends CreationProgress>(
  means: CreationMeans,
  request: ClaimRequest<Progress>,
): Promise<Claim<Progress>> => {
  const { records, clock, ownershipMs } = means;
  const { id, inputHash, first, narrow, canGoOn, signal } = request;

  const claim = (seen: string | null, progress: Progress, isOwned: boolean): Claim<Progress> => {
    // More than one where a write got no answer: it may have happened.
    let revisions = new Set([seen]);
    const write = async (
      next: Progress | null,
      ownedUntilMs: number,
      revision: string = randomUUID(),
    ): Promise<boolean> => {
      const record = next && { revision, inputHash, ownedUntilMs, progress: next };
      for (const possible of revisions) {
        try {
          if (!(await records.replace(id, possible, record))) continue;
        } catch (error) {
          revisions.add(revision);
          throw error;
        }
        revisions = new Set([revision]);
        return true;
      }
      return false;
    };
    return {
      progress,
      isOwned,
      keep: (next) => reach(() => write(next, clock.epochMs() + ownershipMs)),
      finish: async (end) => {
        const revision = randomUUID();
        await write(end, 0, revision).catch(() => {
          // Without a send, its time ends soon, and anyone may take it over then.
          if (end?.state !== 'reserved') means.writeLater?.(() => write(end, 0, revision));
        });
      },
    };
  };

  let delayMs = firstDelayMs;
  const waitLonger = async (): Promise<void> => {
    await clock.wait(delayMs, signal);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  };

  let isWaiting = false;
  let failures = 0;
  for (;;) {
    let record: CreationRecord | null;
    try {
      record = await reach(() => records.read(id));
      failures = 0;
    } catch (error) {
      // A moment without an answer, be it this process's own, must not fail the many calls that wait for this one.
      failures += 1;
      const tolerated = isWaiting ? toleratedFailures.waiting : toleratedFailures.atStart;
      if (failures > tolerated || signal.aborted) throw error;
      if (isWaiting) await waitLonger();
      continue;
    }
    const progress = record === null ? first : narrow(record.progress);
    if (progress === null || (record !== null && record.inputHash !== inputHash)) {
      throw new IdempotencyConflictError(
        'This idempotency key was used before with another input. Use a new key for a new request.',
      );
    }
    const revision = record?.revision ?? null;
    if (record === null || record.ownedUntilMs <= clock.epochMs()) {
      if (!canGoOn(progress)) return claim(revision, progress, false);
      const owned = claim(revision, progress, true);
      try {
        if (await owned.keep(progress)) return owned;
      } catch (error) {
        // It may have been written all the same, and would keep the key from others for a while.
        await owned.finish(progress);
        throw error;
      }
      // Another write came first; what it says is known at once.
      continue;
    }
    if (signal.aborted) throw stillRunning();
    isWaiting = true;
    await waitLonger();
  }
};
