import { randomUUID } from 'node:crypto';
import { canonicalText } from '../domain/canonical-input.ts';
import { type Clock, sleep } from '../domain/clock.ts';
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
import type { OrganizationId } from '../domain/organization.ts';
import type { DeferWrite } from './deferred-writes.ts';

/** What creates need from other modules. */
export interface CreationDependencies {
  readonly records: CreationRecords;
  readonly clock: Clock;
  readonly hash: KeyedHash;
  /** How long a call owns a record. Longer than any operation lasts. */
  readonly ownershipMs: number;
  /** Takes the last write of a call if the store cannot be reached. */
  readonly deferWrite: DeferWrite;
}

/** An idempotency key and its scope: one caller, one organization and one mutation. */
export interface CreationKey {
  /** In `passthrough` mode the credential, in `service` mode the issuer and subject of the JWT. Only its hash is stored. */
  readonly caller: string;
  readonly organizationId: OrganizationId;
  readonly mutation: string;
  readonly idempotencyKey: string;
}

/** The record of a key, and the input that the key belongs to. The store sees neither the key nor the input. */
export interface RecordName {
  readonly id: string;
  readonly inputHash: string;
}

/** Names the record of a key. `input` is compared if the key is used again: null and absent values must be equal in it. */
export const nameRecord = (
  { hash }: CreationDependencies,
  { caller, organizationId, mutation, idempotencyKey }: CreationKey,
  input: unknown,
): RecordName => ({
  id: hash(canonicalText([caller, organizationId, mutation, idempotencyKey])),
  inputHash: hash(canonicalText(input)),
});

/** A create with a key, as one call finds it. */
export interface CreationClaim<Progress> {
  readonly progress: Progress;
  /** Whether the call may continue the create. If not, there is nothing left to send. */
  readonly isOwned: boolean;
  /**
   * Stores the progress before anything is sent. Returns false if another call owns the create by now, and throws
   * UpstreamUnavailableError if the store cannot be reached. In both cases nothing may be sent.
   */
  readonly save: (progress: Progress) => Promise<boolean>;
  /**
   * Stores the final progress of the call, or removes the record (null), and gives up the ownership. If the store
   * cannot be reached, the write is deferred and is lost if the process ends first. Until then the record shows less
   * progress than was made, never more.
   */
  readonly release: (progress: Progress | null) => Promise<void>;
}

/** The create that a call continues. */
export interface ClaimRequest<Progress> extends RecordName {
  /** The progress if there is no record yet. `hasUnsent` is true for it. */
  readonly initial: Progress;
  /** Returns the progress of a record, or null if the record is of another kind of create. */
  readonly readProgress: (progress: CreationProgress) => Progress | null;
  /** Whether there is a part that surely was not sent. */
  readonly hasUnsent: (progress: Progress) => boolean;
  /** Ends the waiting for another call. */
  readonly signal: AbortSignal;
}

/** The claim of a create without a record. */
export const createUnrecordedClaim = <Progress>(progress: Progress): CreationClaim<Progress> => ({
  progress,
  isOwned: true,
  save: () => Promise.resolve(true),
  release: () => Promise.resolve(),
});

const firstDelayMs = 25;
const maxDelayMs = 1_000;

/** Failed reads in a row that a call tolerates: at its start, and while it waits for another call. */
const toleratedFailures = { atStart: 1, waiting: 3 } as const;

/** The failure of a call that waited for another call with its key until its own time was up. */
export const stillRunningError = (): OutcomeUnknownError =>
  new OutcomeUnknownError(
    'An earlier call with this idempotency key is still running. Repeat the call with the same key for its outcome.',
    [],
  );

const mapStoreFailure = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
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
 * Waits until no other call works on a create. If something is left to send, this call then owns the create.
 *
 * Throws IdempotencyConflictError if the key was used with another input, UpstreamUnavailableError if the store cannot
 * be reached, and OutcomeUnknownError if the signal ends the waiting.
 */
export const claimCreation = async <Progress extends CreationProgress>(
  dependencies: CreationDependencies,
  request: ClaimRequest<Progress>,
): Promise<CreationClaim<Progress>> => {
  const { records, clock, ownershipMs, deferWrite } = dependencies;
  const { id, inputHash, initial, readProgress, hasUnsent, signal } = request;

  const createClaim = (
    seenRevision: string | null,
    progress: Progress,
    isOwned: boolean,
  ): CreationClaim<Progress> => {
    // The revisions that the record can have. After a write without an answer there are several.
    let revisions = new Set([seenRevision]);
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
      save: (next) => mapStoreFailure(() => write(next, clock.epochMs() + ownershipMs)),
      release: async (end) => {
        const revision = randomUUID();
        await write(end, 0, revision).catch(() => {
          // If nothing was sent, another call can take over once the ownership ends.
          if (end?.state !== 'reserved') deferWrite(() => write(end, 0, revision));
        });
      },
    };
  };

  let delayMs = firstDelayMs;
  const wait = async (): Promise<void> => {
    await sleep(clock, delayMs, signal);
    delayMs = Math.min(delayMs * 2, maxDelayMs);
  };

  let isWaiting = false;
  let failures = 0;
  for (;;) {
    let record: CreationRecord | null;
    try {
      record = await mapStoreFailure(() => records.read(id));
      failures = 0;
    } catch (error) {
      // Many calls can wait for this one. A short failure of the store, or a delay in this process, must not fail them.
      failures += 1;
      const tolerated = isWaiting ? toleratedFailures.waiting : toleratedFailures.atStart;
      if (failures > tolerated || signal.aborted) throw error;
      if (isWaiting) await wait();
      continue;
    }
    const progress = record === null ? initial : readProgress(record.progress);
    if (progress === null || (record !== null && record.inputHash !== inputHash)) {
      throw new IdempotencyConflictError(
        'This idempotency key was used before with another input. Use a new key for a new request.',
      );
    }
    const revision = record?.revision ?? null;
    if (record === null || record.ownedUntilMs <= clock.epochMs()) {
      if (!hasUnsent(progress)) return createClaim(revision, progress, false);
      const claim = createClaim(revision, progress, true);
      try {
        if (await claim.save(progress)) return claim;
      } catch (error) {
        // The write can have succeeded. Without a release, the key would stay owned for a while.
        await claim.release(progress);
        throw error;
      }
      // Another call wrote first. Its record can be read at once.
      continue;
    }
    if (signal.aborted) throw stillRunningError();
    isWaiting = true;
    await wait();
  }
};
