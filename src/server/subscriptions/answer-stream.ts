import type { ExecutionResult } from 'graphql';
import type { Clock } from '../../domain/clock.ts';
import type { GatewayError } from '../../domain/errors.ts';
import { outcomeOf } from '../telemetry/operation-report.ts';
import { callAt } from './timer.ts';

/** When a credential expires, and the error for its caller. */
export interface Expiry {
  /** In milliseconds since the epoch. */
  readonly atMs: number;
  readonly error: GatewayError;
  readonly clock: Clock;
}

interface AnswerStreamOptions {
  readonly execute: (event: unknown) => Promise<ExecutionResult>;
  readonly toErrorAnswer: (cause: unknown) => ExecutionResult;
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal;
  /** Null: the credential does not expire. */
  readonly expiry: Expiry | null;
  /** Called once at the end, with `OK` or the code of the error that ended the stream. */
  readonly onEnd: (outcome: string) => void;
}

const done = { done: true, value: undefined } as const;

/**
 * Turns the events of a subscription into answers. The next event is read only when the client has taken the answer before.
 * An answer without data is the last one: its event was not delivered, and the client resumes with the cursor of the event
 * before. If the client leaves, or the credential expires, the source is ended at once, whether or not the client reads.
 */
export const createAnswerStream = (
  source: AsyncIterable<unknown>,
  { execute, toErrorAnswer, signal, expiry, onEnd }: AnswerStreamOptions,
): AsyncIterableIterator<ExecutionResult> => {
  const events = source[Symbol.asyncIterator]();
  let isOver = false;
  let isReading = false;
  let hasExpired = false;
  let cancelExpiry = (): void => {};

  const endSource = (): void => {
    // A source that fails while it ends has nothing more to tell.
    events.return?.().catch(() => {});
  };
  const stop = (): void => {
    isOver = true;
    signal.removeEventListener('abort', leave);
    cancelExpiry();
    endSource();
  };
  const end = (outcome: string): void => {
    if (isOver) return;
    stop();
    onEnd(outcome);
  };
  const leave = (): void => {
    if (isOver) return;
    // If the client has not read for some time, the source may have ended with an error that nobody has seen.
    const unseen = isReading ? Promise.resolve() : events.next();
    stop();
    unseen.then(
      () => onEnd('OK'),
      (error) => onEnd(outcomeOf(toErrorAnswer(error))),
    );
  };

  if (expiry) {
    const expire = (): void => {
      hasExpired = true;
      endSource();
    };
    cancelExpiry = callAt(expiry.clock, expiry.atMs, expire);
  }
  signal.addEventListener('abort', leave, { once: true });
  // The client may have left while the stream was started.
  if (signal.aborted) leave();

  const readEvent = async () => {
    isReading = true;
    try {
      return await events.next();
    } finally {
      isReading = false;
    }
  };

  /** The answer to the next event; null if there is none. */
  const readAnswer = async (): Promise<ExecutionResult | null> => {
    try {
      const event = hasExpired ? done : await readEvent();
      if (!event.done) return await execute(event.value);
      return hasExpired && expiry ? toErrorAnswer(expiry.error) : null;
    } catch (error) {
      return isOver ? null : toErrorAnswer(error);
    }
  };

  return {
    next: async () => {
      const answer = isOver ? null : await readAnswer();
      if (isOver) return done;
      if (answer === null) {
        end('OK');
        return done;
      }
      if (answer.data == null) end(outcomeOf(answer));
      return { done: false, value: answer };
    },
    return: async () => {
      leave();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};
