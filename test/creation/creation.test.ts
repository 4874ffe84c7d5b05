import { describe, expect, test } from 'vitest';
import { type CreationRequest, createTokenCreation } from '../../src/creation/creation.ts';
import type { CreationRecord, CreationRecords } from '../../src/domain/creation-record.ts';
import {
  ContractBrokenError,
  CreationFailedError,
  ForbiddenError,
  IdempotencyConflictError,
  InputRejectedError,
  NotFoundError,
  NotSupportedError,
  OutcomeUnknownError,
  PlanLimitError,
  RateLimitedError,
  UnauthenticatedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { toOrganizationId } from '../../src/domain/organization.ts';
import { type EnrollmentToken, toTokenId } from '../../src/domain/token.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryRecords } from '../../src/state/memory/records.ts';
import { createGate, createManualClock, settled } from '../support/time/manual-clock.ts';
import { exampleOrganizationId, exampleToken } from '../support/upstream/example-token.ts';

type Request = CreationRequest<EnrollmentToken>;

const ownershipMs = 32_000;
const startMs = Date.parse('2026-01-01T00:00:00.000Z');
const lostAnswer = () =>
  new UpstreamUnavailableError('Timed out.', { reason: 'timeout', mayHaveArrived: true });

const key = {
  caller: 'Bearer of-one-caller',
  organizationId: exampleOrganizationId,
  mutation: 'createExampleEnrollmentToken',
  idempotencyKey: 'button-1',
};

/** Replicas with one store, and an API that makes a token for every POST unless a test says otherwise. */
const createWorld = () => {
  const clock = createManualClock(startMs);
  const stored: string[] = [];
  const failing = { read: false, replace: false };
  const memory = createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: clock.epochMs });
  const records: CreationRecords = {
    read: async (id) => {
      if (failing.read) throw new Error('The store is down.');
      return memory.read(id);
    },
    replace: async (id, revision, next) => {
      if (failing.replace) throw new Error('The store is down.');
      stored.push(id, JSON.stringify(next));
      return memory.replace(id, revision, next);
    },
  };
  const dependencies = {
    records,
    clock,
    hash: createProcessHash(),
    ownershipMs,
    deferWrite: () => {},
  };
  const made: EnrollmentToken[] = [];
  const calls = { send: 0, readBack: 0, readAgain: 0 };
  const make = () => {
    const token = exampleToken({
      sourceId: toTokenId((0x6b0000 + made.length).toString(16).padEnd(24, '0')),
      createdAt: new Date(clock.epochMs()).toISOString(),
    });
    made.push(token);
    return token;
  };
  const request = (changes: Partial<Request> = {}): Request => {
    const send = changes.send ?? (async () => make());
    const readBack = changes.readBack ?? (async () => ({ candidates: made, isComplete: true }));
    return {
      key,
      input: { displayName: 'Field tablet' },
      signal: new AbortController().signal,
      ...changes,
      send: () => {
        calls.send += 1;
        return send();
      },
      readBack: (sentAtMs) => {
        calls.readBack += 1;
        return readBack(sentAtMs);
      },
      readAgain: async (id) => {
        calls.readAgain += 1;
        const token = made.find(({ sourceId }) => sourceId === id);
        if (token === undefined) throw new NotFoundError('There is no such token.');
        return { ...token, state: 'DONE' };
      },
    };
  };
  const replica = () => createTokenCreation<EnrollmentToken>(dependencies);
  return { clock, failing, dependencies, made, make, calls, stored, request, replica };
};

describe('a create with a key', () => {
  test('that is repeated returns the current state of the first token and sends nothing', async () => {
    const { request, replica, calls, made } = createWorld();
    const first = await replica()(request());
    expect(first).toEqual({ token: made[0], replayed: false });
    const again = await replica()(request());
    expect(again).toEqual({ token: { ...made[0], state: 'DONE' }, replayed: true });
    expect(calls).toEqual({ send: 1, readBack: 0, readAgain: 1 });
  });

  test('stores no key, caller, input, link or code', async () => {
    const { request, replica, stored } = createWorld();
    await replica()(request({ input: { displayName: 'Field tablet', emailText: 'Hello Ana' } }));
    expect(stored.join()).toContain('done');
    expect(stored.join()).not.toMatch(/button-1|one-caller|Field tablet|Hello|secret-link|SECRET/);
  });

  test('that is repeated with another input is a conflict, whether the first is done or still runs', async () => {
    const { request, replica, calls, make } = createWorld();
    const one = replica();
    const gate = createGate();
    const first = one(request({ send: () => gate.opened.then(make) }));
    const other = { input: { displayName: 'Another' } };
    await expect(one(request(other))).rejects.toThrow(IdempotencyConflictError);
    await expect(replica()(request(other))).rejects.toThrow(IdempotencyConflictError);
    gate.open();
    await first;
    await expect(one(request(other))).rejects.toThrow(IdempotencyConflictError);
    expect(calls.send).toBe(1);
  });

  test('is a conflict if its record is of another kind of create', async () => {
    const { dependencies, request, replica, calls } = createWorld();
    await replica()(request());
    const records: CreationRecords = {
      read: async (id) => {
        const record = await dependencies.records.read(id);
        return record && { ...record, progress: { state: 'bulk', chunkSize: 1, chunks: [null] } };
      },
      replace: dependencies.records.replace,
    };
    const create = createTokenCreation<EnrollmentToken>({ ...dependencies, records });
    await expect(create(request())).rejects.toThrow(IdempotencyConflictError);
    expect(calls.send).toBe(1);
  });

  test('is replayed on any number of replicas at the same millisecond', async () => {
    const { request, replica, calls, stored } = createWorld();
    await replica()(request());
    const writes = stored.length;
    const repeated = await Promise.all([1, 2, 3].map(() => replica()(request())));
    expect(repeated.map(({ replayed }) => replayed)).toEqual([true, true, true]);
    expect(calls).toEqual({ send: 1, readBack: 0, readAgain: 3 });
    expect(stored).toHaveLength(writes);
  });

  test('is separate for another caller, organization, mutation or key', async () => {
    const { request, replica, calls } = createWorld();
    const create = replica();
    const others = [
      key,
      { ...key, caller: 'Bearer of-another' },
      { ...key, organizationId: toOrganizationId('5f0000000000000000000002') },
      { ...key, mutation: 'createOtherEnrollmentToken' },
      { ...key, idempotencyKey: 'button-2' },
    ];
    const created = await Promise.all(others.map((other) => create(request({ key: other }))));
    expect(new Set(created.map(({ token }) => token.sourceId)).size).toBe(others.length);
    expect(calls.send).toBe(others.length);
  });

  test('made a thousand times at once in one process is sent once and never read back', async () => {
    const { request, replica, calls, made } = createWorld();
    const create = replica();
    const all = await Promise.all(Array.from({ length: 1_000 }, () => create(request())));
    expect(calls).toEqual({ send: 1, readBack: 0, readAgain: 0 });
    expect(new Set(all.map(({ token }) => token))).toEqual(new Set(made));
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
  });

  test('that is repeated a thousand times at once reads the token once, and a later call reads it again', async () => {
    const { request, replica, calls } = createWorld();
    const create = replica();
    await create(request());
    const all = await Promise.all(Array.from({ length: 1_000 }, () => create(request())));
    expect(all.every(({ replayed, token }) => replayed && token.state === 'DONE')).toBe(true);
    expect(calls).toEqual({ send: 1, readBack: 0, readAgain: 1 });
    await create(request());
    expect(calls.readAgain).toBe(2);
  });

  test('does not join a read of the token that started before it', async () => {
    const { request, replica, make } = createWorld();
    const create = replica();
    const { token } = await create(request({ send: async () => make() }));
    const gate = createGate();
    const slow = {
      ...request(),
      readAgain: () => gate.opened.then(() => token),
    };
    const early = create(slow);
    await settled();
    expect((await create(request())).token.state).toBe('DONE');
    gate.open();
    expect((await early).token.state).toBe('PENDING');
  });

  test('made at once on two replicas is sent once, and the other replica waits', async () => {
    const { clock, request, replica, calls, make } = createWorld();
    const gate = createGate();
    const first = replica()(request({ send: () => gate.opened.then(make) }));
    await settled();
    const second = replica()(request());
    await clock.advance(5_000);
    gate.open();
    await clock.advance(1_000);
    expect((await second).token.sourceId).toBe((await first).token.sourceId);
    expect([(await first).replayed, (await second).replayed]).toEqual([false, true]);
    expect(calls.send).toBe(1);
  });

  test('stops waiting for a first call when its own time is over, and sends nothing', async () => {
    const { clock, request, replica, calls, make } = createWorld();
    const create = replica();
    const gate = createGate();
    const first = create(request({ send: () => gate.opened.then(make) }));
    await settled();
    const abort = new AbortController();
    const here = create(request({ signal: abort.signal }));
    const elsewhere = replica()(request({ signal: abort.signal }));
    const bothFailed = Promise.all([
      expect(here).rejects.toThrow(OutcomeUnknownError),
      expect(elsewhere).rejects.toThrow('still running'),
    ]);
    abort.abort();
    await clock.advance(1);
    await bothFailed;
    gate.open();
    expect((await first).replayed).toBe(false);
    expect(calls.send).toBe(1);
  });

  test('continues if the call that it has joined is aborted while it waits', async () => {
    const { clock, request, replica, calls, make } = createWorld();
    const gate = createGate();
    const first = replica()(request({ send: () => gate.opened.then(make) }));
    await settled();
    const other = replica();
    const abort = new AbortController();
    const leaving = expect(other(request({ signal: abort.signal }))).rejects.toThrow(
      'still running',
    );
    const staying = other(request());
    await settled();
    abort.abort();
    await leaving;
    gate.open();
    await clock.advance(2_000);
    expect((await staying).token.sourceId).toBe((await first).token.sourceId);
    expect(calls.send).toBe(1);
  });

  test('is completed and recorded although its caller is gone', async () => {
    const { request, replica, calls, make } = createWorld();
    const abort = new AbortController();
    const gate = createGate();
    const gone = replica()(request({ signal: abort.signal, send: () => gate.opened.then(make) }));
    await settled();
    abort.abort();
    gate.open();
    await gone;
    expect((await replica()(request())).replayed).toBe(true);
    expect(calls.send).toBe(1);
  });

  test('fails callers that joined it with the same refusal, and a later call sends again', async () => {
    const { request, replica, calls } = createWorld();
    const create = replica();
    const refuse = async () => {
      throw new CreationFailedError('The API refused to create the token.');
    };
    const all = await Promise.allSettled([1, 2, 3].map(() => create(request({ send: refuse }))));
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(calls.send).toBe(1);
    expect((await create(request())).replayed).toBe(false);
    expect(calls.send).toBe(2);
  });
});

describe('a failure that surely had no effect frees the key', () => {
  test.each([
    new InputRejectedError([{ path: ['input'], message: 'No.' }]),
    new NotFoundError('No such user.'),
    new PlanLimitError('Not in the plan.'),
    new CreationFailedError('Refused.'),
    new NotSupportedError('No such route.'),
    new UnauthenticatedError('Refused.'),
    new ForbiddenError('Lacks a permission.'),
    new RateLimitedError('Too many.', 1_000),
    new UpstreamUnavailableError('Refused.', { reason: 'unreachable', mayHaveArrived: false }),
  ])('$name', async (error) => {
    const { request, replica, calls } = createWorld();
    const send = () => Promise.reject(error);
    await expect(replica()(request({ send }))).rejects.toBe(error);
    const other = { input: { displayName: 'Corrected' } };
    expect((await replica()(request(other))).replayed).toBe(false);
    expect(calls).toEqual({ send: 2, readBack: 0, readAgain: 0 });
  });
});

describe.each([
  ['a lost connection', lostAnswer()],
  ['an unreadable answer', new ContractBrokenError('No JSON.')],
  ['a bug in the gateway', new TypeError('undefined is not a function')],
])('after %s', (_, error) => {
  const lose = () => Promise.reject(error);

  test('the only new equal token is returned', async () => {
    const { request, replica, calls, make } = createWorld();
    const create = replica();
    const token = make();
    expect(await create(request({ send: lose }))).toEqual({ token, replayed: false });
    expect((await create(request())).token.sourceId).toBe(token.sourceId);
    expect(calls).toEqual({ send: 1, readBack: 1, readAgain: 1 });
  });

  test('a create without a key is looked up in the same way', async () => {
    const { request, replica, make } = createWorld();
    const token = make();
    expect(await replica()(request({ key: null, send: lose }))).toEqual({ token, replayed: false });
  });

  test('two such tokens leave the outcome unknown, and both are candidates', async () => {
    const { request, replica, made, make } = createWorld();
    make();
    make();
    const failure = await replica()(request({ send: lose })).catch((reason) => reason);
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure.candidates).toEqual(made);
    expect(failure.cause).toBe(error);
  });

  test('no such token leaves it unknown, and a repeated call never sends but finds a token that appears later', async () => {
    const { clock, request, replica, calls, make } = createWorld();
    const create = replica();
    await expect(create(request({ send: lose }))).rejects.toThrow(OutcomeUnknownError);
    await expect(create(request())).rejects.toMatchObject({ candidates: [] });
    await clock.advance(3_600_000);
    await expect(replica()(request())).rejects.toThrow(OutcomeUnknownError);
    const token = make();
    expect(await replica()(request())).toEqual({ token, replayed: true });
    expect((await replica()(request())).token.sourceId).toBe(token.sourceId);
    expect(calls).toEqual({ send: 1, readBack: 4, readAgain: 1 });
  });

  test('a single one in an incomplete list leaves it unknown', async () => {
    const { request, replica, made, make } = createWorld();
    make();
    const readBack = async () => ({ candidates: made, isComplete: false });
    const failure = await replica()(request({ send: lose, readBack })).catch((reason) => reason);
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure.candidates).toEqual(made);
  });

  test('a read-back that fails leaves it unknown', async () => {
    const { request, replica } = createWorld();
    const readBack = () => Promise.reject(new RateLimitedError('Too many.', 1_000));
    const failure = await replica()(request({ send: lose, readBack })).catch((reason) => reason);
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({ candidates: [], cause: { code: 'RATE_LIMITED' } });
  });
});

describe('a process that dies', () => {
  const never = new Promise<never>(() => {});

  test('before it has sent anything leaves the key to the next call once its ownership ends', async () => {
    const { clock, dependencies, request, replica, calls } = createWorld();
    const reserved: CreationRecord[] = [];
    const records: CreationRecords = {
      read: dependencies.records.read,
      replace: async (id, revision, next) => {
        if (next?.progress.state === 'sent') return never;
        if (next !== null) reserved.push(next);
        return dependencies.records.replace(id, revision, next);
      },
    };
    void createTokenCreation<EnrollmentToken>({ ...dependencies, records })(request());
    await settled();
    expect(reserved).toHaveLength(1);
    const next = replica()(request());
    await clock.advance(ownershipMs - 2_000);
    expect(calls.send).toBe(0);
    await clock.advance(3_000);
    expect((await next).replayed).toBe(false);
    expect(calls.send).toBe(1);
  });

  test('after it has sent leaves the outcome to be read back, and nothing is sent again', async () => {
    const { clock, request, replica, calls, make } = createWorld();
    const dying = () => {
      make();
      return never;
    };
    void replica()(request({ send: dying }));
    await settled();
    const next = replica()(request());
    await clock.advance(ownershipMs + 1_000);
    expect((await next).replayed).toBe(true);
    expect(calls).toEqual({ send: 1, readBack: 1, readAgain: 0 });
  });

  test('or was only paused cannot send after another call has taken over', async () => {
    const { clock, dependencies, request, replica, calls } = createWorld();
    const gate = createGate();
    let isAsleep = false;
    const records: CreationRecords = {
      read: dependencies.records.read,
      replace: async (id, revision, next) => {
        if (next?.progress.state === 'sent' && !isAsleep) {
          isAsleep = true;
          await gate.opened;
        }
        return dependencies.records.replace(id, revision, next);
      },
    };
    const sleeper = createTokenCreation<EnrollmentToken>({ ...dependencies, records })(request());
    await clock.advance(ownershipMs + 1_000);
    const taken = await replica()(request());
    gate.open();
    await clock.advance(1_000);
    expect((await sleeper).token.sourceId).toBe(taken.token.sourceId);
    expect((await sleeper).replayed).toBe(true);
    expect(calls.send).toBe(1);
  });
});

test('a call that was paused after it read the record cannot take over a create that was sent since', async () => {
  const { clock, dependencies, request, replica, calls, make } = createWorld();
  const beforeSend = createGate();
  const slow = createTokenCreation<EnrollmentToken>({
    ...dependencies,
    records: {
      read: dependencies.records.read,
      replace: async (id, revision, next) => {
        if (next?.progress.state === 'sent') await beforeSend.opened;
        return dependencies.records.replace(id, revision, next);
      },
    },
  });
  const afterRead = createGate();
  const late = createTokenCreation<EnrollmentToken>({
    ...dependencies,
    records: {
      read: async (id) => {
        const record = await dependencies.records.read(id);
        await afterRead.opened;
        return record;
      },
      replace: dependencies.records.replace,
    },
  });
  const answer = createGate();
  const first = slow(request({ send: () => answer.opened.then(make) }));
  await clock.advance(ownershipMs + 1_000);
  // The ownership of the first call has ended, so the second looks for the token, which does not exist yet.
  const second = expect(late(request())).rejects.toThrow(OutcomeUnknownError);
  await settled();
  beforeSend.open();
  await settled();
  afterRead.open();
  await settled();
  answer.open();
  await second;
  expect((await replica()(request())).token.sourceId).toBe((await first).token.sourceId);
  expect(calls.send).toBe(1);
});

describe('a store that cannot be reached', () => {
  test('refuses creates with a key before anything is sent, and no others', async () => {
    const { failing, request, replica, calls } = createWorld();
    failing.read = true;
    const refusal = { code: 'UPSTREAM_UNAVAILABLE', mayHaveArrived: false };
    await expect(replica()(request())).rejects.toMatchObject(refusal);
    failing.read = false;
    failing.replace = true;
    await expect(replica()(request())).rejects.toMatchObject(refusal);
    expect(calls.send).toBe(0);
    expect((await replica()(request({ key: null }))).replayed).toBe(false);
    failing.replace = false;
    expect((await replica()(request())).replayed).toBe(false);
  });

  test('after the POST does not change the result of the call, and later calls read back', async () => {
    const { clock, failing, request, replica, calls, make } = createWorld();
    const send = async () => {
      failing.replace = true;
      return make();
    };
    const { token } = await replica()(request({ send }));
    failing.replace = false;
    const later = replica()(request());
    await clock.advance(ownershipMs + 1_000);
    expect(await later).toEqual({ token, replayed: true });
    expect(calls).toEqual({ send: 1, readBack: 1, readAgain: 0 });
  });

  test('only just before the POST leaves the key free', async () => {
    const { dependencies, request, replica, calls } = createWorld();
    const records: CreationRecords = {
      read: dependencies.records.read,
      replace: async (id, revision, next) => {
        const isDone = await dependencies.records.replace(id, revision, next);
        if (next?.progress.state === 'sent') throw new Error('The answer of the store was lost.');
        return isDone;
      },
    };
    const create = createTokenCreation<EnrollmentToken>({ ...dependencies, records });
    await expect(create(request())).rejects.toMatchObject({ mayHaveArrived: false });
    expect(calls.send).toBe(0);
    expect((await replica()(request())).replayed).toBe(false);
  });

  test('for one answer only leaves the key free although the reservation was written', async () => {
    const { dependencies, request, replica, calls } = createWorld();
    let isLost = false;
    const records: CreationRecords = {
      read: dependencies.records.read,
      replace: async (id, revision, next) => {
        const isDone = await dependencies.records.replace(id, revision, next);
        if (isLost) return isDone;
        isLost = true;
        throw new Error('The answer of the store was lost.');
      },
    };
    const create = createTokenCreation<EnrollmentToken>({ ...dependencies, records });
    await expect(create(request())).rejects.toMatchObject({ mayHaveArrived: false });
    expect(calls.send).toBe(0);
    // The clock stands still, so the call does not wait for the reservation to end.
    expect((await replica()(request())).replayed).toBe(false);
  });

  test('for a moment does not end the waiting for another call', async () => {
    const { clock, dependencies, request, replica, calls, make } = createWorld();
    const gate = createGate();
    const first = replica()(request({ send: () => gate.opened.then(make) }));
    await clock.advance(0);
    let reads = 0;
    const records: CreationRecords = {
      read: async (id) => {
        reads += 1;
        if (reads > 1 && reads < 5) throw new Error('The store is slow.');
        return dependencies.records.read(id);
      },
      replace: dependencies.records.replace,
    };
    const second = createTokenCreation<EnrollmentToken>({ ...dependencies, records })(request());
    await clock.advance(1_000);
    expect(reads).toBeGreaterThan(5);
    gate.open();
    const { token } = await first;
    await clock.advance(1_000);
    expect(await second).toMatchObject({ token: { sourceId: token.sourceId }, replayed: true });
    expect(calls.send).toBe(1);
  });
});
