import { describe, expect, test } from 'vitest';
import { type BulkRequest, createBulkCreation } from '../../src/creation/bulk-creation.ts';
import type { BulkCounts, CreationRecords } from '../../src/domain/creation-record.ts';
import {
  ContractBrokenError,
  CostLimitError,
  CreationFailedError,
  ForbiddenError,
  IdempotencyConflictError,
  InputRejectedError,
  NotFoundError,
  NotSupportedError,
  PlanLimitError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryRecords } from '../../src/state/memory/records.ts';
import { createGate, createManualClock, settled } from '../support/time/manual-clock.ts';
import { exampleOrganizationId } from '../support/upstream/example-token.ts';

const ownershipMs = 32_000;

const key = {
  caller: 'Bearer of-one-caller',
  organizationId: exampleOrganizationId,
  mutation: 'bulkCreateExampleEnrollmentTokens',
  idempotencyKey: 'onboarding-1',
};

const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `user${index}@example.com`);

const lost = new UpstreamUnavailableError('Timed out.', {
  reason: 'timeout',
  mayHaveArrived: true,
});

/** Replicas with one store, and an API that counts every address as a success unless a test says otherwise. */
const createWorld = () => {
  const clock = createManualClock(Date.parse('2026-01-01T00:00:00.000Z'));
  const failing = { replace: false };
  const stored: string[] = [];
  const memory = createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: clock.epochMs });
  const records: CreationRecords = {
    read: memory.read,
    replace: async (id, revision, next) => {
      if (failing.replace) throw new Error('The store is down.');
      stored.push(id, JSON.stringify(next));
      return memory.replace(id, revision, next);
    },
  };
  const sent: (readonly string[])[] = [];
  const dependencies = {
    records,
    clock,
    hash: createProcessHash(),
    ownershipMs,
    deferWrite: () => {},
  };
  const replica = () => createBulkCreation(dependencies);
  const request = (
    changes: Partial<Omit<BulkRequest, 'send'>> & {
      readonly send?: (emails: readonly string[]) => Promise<BulkCounts>;
    } = {},
  ): BulkRequest => ({
    key,
    input: { sendEmail: true },
    emails: addresses(5),
    chunkSize: 2,
    signal: new AbortController().signal,
    ...changes,
    send: (emails) => {
      sent.push(emails);
      return changes.send?.(emails) ?? Promise.resolve(allOf(emails));
    },
  });
  return { clock, failing, dependencies, stored, sent, replica, request };
};

const allOf = (emails: readonly string[]): BulkCounts => ({
  total: emails.length,
  success: emails.length,
  fail: 0,
});

const failFor =
  (address: string, error: Error) =>
  async (emails: readonly string[]): Promise<BulkCounts> => {
    if (emails.includes(address)) throw error;
    return allOf(emails);
  };

describe('a bulk create', () => {
  test('sends distinct well-formed addresses chunk after chunk, and counts', async () => {
    const { replica, request, sent } = createWorld();
    const emails = [
      ' Ana@Example.com',
      'bo@example.com',
      'ana@example.com ',
      'nobody',
      'cy@example.com',
    ];
    let inFlight = 0;
    const bulk = await replica()(
      request({
        emails,
        send: async (chunk) => {
          inFlight += 1;
          await settled();
          expect(inFlight).toBe(1);
          inFlight -= 1;
          return { total: chunk.length, success: 1, fail: chunk.length - 1 };
        },
      }),
    );
    expect(sent).toEqual([['Ana@Example.com', 'bo@example.com'], ['cy@example.com']]);
    expect(bulk).toMatchObject({ total: 4, success: 2, fail: 2, replayed: false });
    expect(bulk.errors).toHaveLength(1);
    expect(bulk.errors[0]).toMatchObject({
      code: 'INPUT_REJECTED',
      faults: [{ path: ['input', 'userEmails', '3'] }],
    });
  });

  test('with only malformed addresses sends and stores nothing', async () => {
    const { replica, request, sent, stored } = createWorld();
    const bulk = await replica()(request({ emails: ['a', 'b'] }));
    expect(bulk).toMatchObject({ total: 2, success: 0, fail: 2, chunks: [], replayed: false });
    expect([sent, stored]).toEqual([[], []]);
  });

  test.each([
    ['refused', new CreationFailedError('Refused.'), { success: 3, fail: 2 }],
    ['refused', new InputRejectedError([{ path: [], message: 'No.' }]), { success: 3, fail: 2 }],
    ['unknown', lost, { success: 3, fail: 0 }],
    ['unknown', new ContractBrokenError('No JSON.'), { success: 3, fail: 0 }],
    ['unknown', new TypeError('A fault of the gateway.'), { success: 3, fail: 0 }],
  ])('continues after a chunk that is %s by $1.name', async (state, error, counts) => {
    const { replica, request, sent } = createWorld();
    const bulk = await replica()(request({ send: failFor('user2@example.com', error) }));
    expect(sent).toHaveLength(3);
    expect(bulk).toMatchObject({ total: 5, ...counts });
    expect(bulk.chunks.map(({ outcome }) => outcome.state)).toEqual([
      'answered',
      state,
      'answered',
    ]);
    expect(bulk.errors).toHaveLength(1);
  });

  test.each([
    new ForbiddenError('Lacks a permission.'),
    new PlanLimitError('Not in the plan.'),
    new NotFoundError('No such organization.'),
    new NotSupportedError('No such route.'),
  ])('that is refused by $name fails all addresses that are left, and its key is free again', async (error) => {
    const { replica, request, sent } = createWorld();
    const bulk = await replica()(request({ send: failFor('user2@example.com', error) }));
    expect(sent).toHaveLength(2);
    expect(bulk).toMatchObject({ total: 5, success: 2, fail: 3, errors: [error] });
    expect(bulk.chunks.slice(1).map(({ outcome }) => outcome)).toEqual([
      { state: 'refused', error },
      { state: 'refused', error },
    ]);
    expect(await replica()(request())).toMatchObject({ success: 5, fail: 0, replayed: false });
    expect(sent).toHaveLength(4);
  });

  test.each([
    new CostLimitError('Too many calls.'),
    new RateLimitedError('Too many.', 1_000),
    new UpstreamUnavailableError('Open.', { reason: 'circuit-open', mayHaveArrived: false }),
    new UpstreamUnavailableError('No time.', { reason: 'timeout', mayHaveArrived: false }),
    new UpstreamUnavailableError('Refused.', { reason: 'unreachable', mayHaveArrived: false }),
  ])('stops at $name ($message), and throws it if nothing was done', async (error) => {
    const { replica, request, sent } = createWorld();
    await expect(replica()(request({ send: failFor('user0@example.com', error) }))).rejects.toBe(
      error,
    );
    expect(sent).toHaveLength(1);

    const bulk = await replica()(request({ send: failFor('user2@example.com', error) }));
    expect(sent).toHaveLength(3);
    expect(bulk).toMatchObject({ total: 5, success: 2, fail: 0, errors: [error] });
    expect(bulk.chunks.slice(1).map(({ outcome }) => outcome)).toEqual([
      { state: 'not-attempted', error },
      { state: 'not-attempted', error },
    ]);
  });

  test('sends no chunk after its time is over, and waits for the one that was sent', async () => {
    const { replica, request, sent } = createWorld();
    const abort = new AbortController();
    const send = async (emails: readonly string[]) => {
      if (emails.includes('user2@example.com')) abort.abort();
      return allOf(emails);
    };
    const bulk = await replica()(request({ signal: abort.signal, send }));
    expect(sent).toHaveLength(2);
    expect(bulk).toMatchObject({ success: 4, fail: 0, errors: [] });
    expect(bulk.chunks[2]?.outcome).toEqual({ state: 'not-attempted', error: null });
  });
});

describe('a bulk create with a key', () => {
  test('that is repeated returns the same and sends nothing', async () => {
    const { replica, request, sent } = createWorld();
    const first = await replica()(request());
    const again = await replica()(request());
    expect(again).toEqual({ ...first, replayed: true });
    expect(sent).toHaveLength(3);
  });

  test('sends only the chunks that surely were not sent before', async () => {
    const { replica, request, sent } = createWorld();
    const abort = new AbortController();
    const fateOf = async (emails: readonly string[]) => {
      if (emails.includes('user0@example.com')) throw lost;
      if (emails.includes('user2@example.com')) throw new CreationFailedError('Refused.');
      abort.abort();
      return allOf(emails);
    };
    const emails = addresses(8);
    const first = await replica()(request({ emails, signal: abort.signal, send: fateOf }));
    expect(first.chunks.map(({ outcome }) => outcome.state)).toEqual([
      'unknown',
      'refused',
      'answered',
      'not-attempted',
    ]);
    sent.length = 0;
    const second = await replica()(request({ emails }));
    expect(sent).toEqual([emails.slice(2, 4), emails.slice(6, 8)]);
    expect(second).toMatchObject({ success: 6, fail: 0, replayed: false });
    expect(second.chunks[0]?.outcome).toMatchObject({ state: 'unknown' });
    sent.length = 0;
    expect(await replica()(request({ emails }))).toMatchObject({ success: 6, replayed: true });
    expect(sent).toEqual([]);
  });

  test('keeps the chunks of its first call if the configured size has changed', async () => {
    const { replica, request, sent } = createWorld();
    const abort = new AbortController();
    const send = async (emails: readonly string[]) => {
      abort.abort();
      return allOf(emails);
    };
    await replica()(request({ signal: abort.signal, send }));
    await replica()(request({ chunkSize: 50 }));
    expect(sent.flat().sort()).toEqual(addresses(5));
  });

  test('is free again if nothing had an effect', async () => {
    const { replica, request } = createWorld();
    const send = () => Promise.reject(new CreationFailedError('Refused.'));
    expect(await replica()(request({ send }))).toMatchObject({ success: 0, fail: 5 });
    expect(await replica()(request({ emails: ['other@example.com'] }))).toMatchObject({
      success: 1,
      replayed: false,
    });
  });

  test('is the same for other spellings of the addresses, and a conflict for other addresses', async () => {
    const { replica, request } = createWorld();
    await replica()(request());
    const emails = addresses(5).map((email) => ` ${email.toUpperCase()}`);
    expect((await replica()(request({ emails }))).replayed).toBe(true);
    const others: Parameters<typeof request>[0][] = [
      { emails: addresses(4) },
      { emails: [...addresses(5), 'malformed'] },
      { input: { sendEmail: false } },
    ];
    for (const other of others) {
      await expect(replica()(request(other))).rejects.toThrow(IdempotencyConflictError);
    }
  });

  test('stores no key, caller, address or text', async () => {
    const { replica, request, stored } = createWorld();
    await replica()(request({ input: { emailText: 'Hello Ana' } }));
    expect(stored.join()).toContain('counts');
    expect(stored.join()).not.toMatch(/example\.com|onboarding|one-caller|Hello/);
  });

  test('made on two replicas at once sends each chunk once', async () => {
    const { clock, replica, request, sent } = createWorld();
    const gate = createGate();
    const send = (emails: readonly string[]) => gate.opened.then(() => allOf(emails));
    const first = replica()(request({ send }));
    const second = replica()(request({ send }));
    await settled();
    gate.open();
    await clock.advance(1_000);
    const both = [await first, await second];
    expect(both.map(({ success }) => success)).toEqual([5, 5]);
    expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true]);
    expect(sent).toHaveLength(3);
  });

  test('whose process died continues after the chunk that may have arrived', async () => {
    const { clock, replica, request, sent } = createWorld();
    const dying = (emails: readonly string[]) =>
      emails.includes('user2@example.com')
        ? new Promise<never>(() => {})
        : Promise.resolve(allOf(emails));
    void replica()(request({ send: dying }));
    await settled();
    const next = replica()(request());
    await clock.advance(ownershipMs + 1_000);
    expect((await next).chunks.map(({ outcome }) => outcome.state)).toEqual([
      'answered',
      'unknown',
      'answered',
    ]);
    expect(sent).toEqual([addresses(2), addresses(4).slice(2), ['user4@example.com']]);
  });

  test('whose process was paused while another took over sends no more', async () => {
    const { clock, dependencies, replica, request, sent } = createWorld();
    const gate = createGate();
    let isAsleep = false;
    const sleeper = createBulkCreation({
      ...dependencies,
      records: {
        read: dependencies.records.read,
        replace: async (id, revision, next) => {
          const isSecondChunk = next?.progress.state === 'bulk' && next.progress.chunks[1] !== null;
          if (isSecondChunk && !isAsleep) {
            isAsleep = true;
            await gate.opened;
          }
          return dependencies.records.replace(id, revision, next);
        },
      },
    })(request());
    await clock.advance(ownershipMs + 1_000);
    // The paused replica had not stored the outcome of its first chunk, so it is unknown to the other replica.
    expect(await replica()(request())).toMatchObject({ success: 3, replayed: false });
    gate.open();
    await clock.advance(1_000);
    expect(await sleeper).toMatchObject({ success: 3 });
    expect(sent).toHaveLength(3);
  });
});

describe('a bulk create whose store fails', () => {
  test('before anything was sent is refused', async () => {
    const { failing, replica, request, sent } = createWorld();
    failing.replace = true;
    await expect(replica()(request())).rejects.toMatchObject({
      code: 'UPSTREAM_UNAVAILABLE',
      mayHaveArrived: false,
    });
    expect(sent).toEqual([]);
    expect((await replica()(request({ key: null }))).success).toBe(5);
  });

  test('in the middle stops there and returns what is known', async () => {
    const { clock, failing, replica, request, sent } = createWorld();
    const send = async (emails: readonly string[]) => {
      failing.replace = true;
      return allOf(emails);
    };
    const bulk = await replica()(request({ send }));
    expect(bulk).toMatchObject({ success: 2, errors: [{ code: 'UPSTREAM_UNAVAILABLE' }] });
    expect(bulk.chunks.map(({ outcome }) => outcome.state)).toEqual([
      'answered',
      'not-attempted',
      'not-attempted',
    ]);
    failing.replace = false;
    sent.length = 0;
    const next = replica()(request());
    await clock.advance(ownershipMs + 1_000);
    expect((await next).chunks[0]?.outcome.state).toBe('unknown');
    expect(sent).toEqual([addresses(4).slice(2), ['user4@example.com']]);
  });
});
