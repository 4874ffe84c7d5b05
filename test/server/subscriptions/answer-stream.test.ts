import type { ExecutionResult } from 'graphql';
import { describe, expect, it } from 'vitest';
import { RateLimitedError, UnauthenticatedError } from '../../../src/domain/errors.ts';
import { toErrorAnswer } from '../../../src/server/errors/error-handling.ts';
import { createAnswerStream } from '../../../src/server/subscriptions/answer-stream.ts';
import { createManualClock, settled } from '../../support/time/manual-clock.ts';

const done = { done: true, value: undefined } as const;

/** A source that gives these events, and then waits until it is ended. It counts what is read. */
const createSource = (events: readonly unknown[], failure: Error | null = null) => {
  const waiting = [...events];
  let wake = (): void => {};
  const state = { reads: 0, returns: 0 };
  const iterator = {
    next: async () => {
      state.reads += 1;
      if (waiting.length > 0) return { done: false as const, value: waiting.shift() };
      if (failure) throw failure;
      if (state.returns === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return done;
    },
    return: async () => {
      state.returns += 1;
      wake();
      return done;
    },
  };
  return { state, source: { [Symbol.asyncIterator]: () => iterator } };
};

const start = (
  events: readonly unknown[],
  options: {
    readonly failure?: Error;
    readonly execute?: (event: unknown) => Promise<ExecutionResult>;
    readonly expiresInMs?: number;
  } = {},
) => {
  const { state, source } = createSource(events, options.failure ?? null);
  const clock = createManualClock(0);
  const controller = new AbortController();
  const ends: string[] = [];
  const { expiresInMs } = options;
  const stream = createAnswerStream(source, {
    execute: options.execute ?? (async (event) => ({ data: { event } })),
    toErrorAnswer: (cause) => toErrorAnswer(cause, 'id', () => {}),
    signal: controller.signal,
    expiry:
      expiresInMs === undefined
        ? null
        : { atMs: expiresInMs, error: new UnauthenticatedError('expired'), clock },
    onEnd: (outcome) => ends.push(outcome),
  });
  return { stream, state, clock, ends, leave: () => controller.abort() };
};

const errorAnswer = (code: string, message: string) => ({
  done: false,
  value: { errors: [{ message, extensions: { code, requestId: 'id' } }] },
});

describe('the answers of a subscription', () => {
  it('are made one at a time: no event is read before the client has taken the last answer', async () => {
    const { stream, state } = start([1, 2, 3]);
    await settled();
    expect(state.reads).toBe(0);
    expect(await stream.next()).toEqual({ done: false, value: { data: { event: 1 } } });
    await settled();
    expect(state.reads).toBe(1);
  });

  it('go on after one with errors and data', async () => {
    const answers = [{ data: { a: null }, errors: [] }, { data: { a: 1 } }];
    const { stream, ends } = start([1, 2], { execute: async () => answers.shift() ?? {} });
    expect((await stream.next()).value).toMatchObject({ data: { a: null } });
    expect((await stream.next()).value).toEqual({ data: { a: 1 } });
    expect(ends).toEqual([]);
  });

  it.each<[string, ExecutionResult | Error, string]>([
    ['has no data', toErrorAnswer(new RateLimitedError('busy', 1), 'id', () => {}), 'RATE_LIMITED'],
    ['fails', new TypeError('a bug'), 'INTERNAL_SERVER_ERROR'],
  ])('end after one that %s', async (_name, result, code) => {
    const { stream, state, ends } = start([1, 2], {
      execute: async () => {
        if (result instanceof Error) throw result;
        return result;
      },
    });
    expect(await stream.next()).toMatchObject({
      value: { errors: [{ extensions: { code, requestId: 'id' } }] },
    });
    expect(await stream.next()).toEqual(done);
    expect({ ...state, ends }).toEqual({ reads: 1, returns: 1, ends: [code] });
  });

  it('end with the error of the source', async () => {
    const { stream, ends } = start([1], { failure: new RateLimitedError('slow', 1) });
    await stream.next();
    expect(await stream.next()).toMatchObject(errorAnswer('RATE_LIMITED', 'slow'));
    expect(await stream.next()).toEqual(done);
    expect(ends).toEqual(['RATE_LIMITED']);
  });
});

describe('a client that leaves', () => {
  it('while it waits ends the source at once', async () => {
    const { stream, state, ends, leave } = start([]);
    const next = stream.next();
    leave();
    expect(state.returns).toBe(1);
    expect(await next).toEqual(done);
    expect(ends).toEqual(['OK']);
  });

  it('while an event is executed gets no answer', async () => {
    const { stream, state, ends, leave } = start([1], {
      execute: async () => {
        leave();
        throw new TypeError('aborted');
      },
    });
    expect(await stream.next()).toEqual(done);
    await settled();
    expect({ returns: state.returns, ends }).toEqual({ returns: 1, ends: ['OK'] });
  });

  it('without reading, after its source has failed, is reported with that failure', async () => {
    const { ends, leave } = start([], { failure: new RateLimitedError('slow', 1) });
    leave();
    await settled();
    expect(ends).toEqual(['RATE_LIMITED']);
  });

  it('twice is one end', async () => {
    const { stream, state, ends, leave } = start([1]);
    await stream.return?.();
    leave();
    await stream.return?.();
    await settled();
    expect({ returns: state.returns, ends }).toEqual({ returns: 1, ends: ['OK'] });
  });
});

describe('a credential that expires', () => {
  it('ends a stream that waits', async () => {
    const { stream, state, clock, ends } = start([], { expiresInMs: 1_000 });
    const next = stream.next();
    await clock.advance(999);
    expect(state.returns).toBe(0);
    await clock.advance(1);
    expect(await next).toMatchObject(errorAnswer('UNAUTHENTICATED', 'expired'));
    expect(await stream.next()).toEqual(done);
    expect(ends).toEqual(['UNAUTHENTICATED']);
  });

  it('ends the source of a client that does not read, which gets the error later', async () => {
    const { stream, state, clock } = start([1, 2], { expiresInMs: 1_000 });
    await stream.next();
    await clock.advance(1_000);
    expect(state.returns).toBe(1);
    expect(await stream.next()).toMatchObject(errorAnswer('UNAUTHENTICATED', 'expired'));
    expect(state.reads).toBe(1);
  });

  it('after the end does nothing more', async () => {
    const { clock, state, ends, leave } = start([], { expiresInMs: 1_000 });
    leave();
    await clock.advance(10_000);
    expect({ returns: state.returns, ends }).toEqual({ returns: 1, ends: ['OK'] });
  });
});
