import { describe, expect, test } from 'vitest';
import {
  type ClaimRequest,
  type CreationDependencies,
  claimCreation,
} from '../../src/creation/creation-claim.ts';
import type {
  CreationRecord,
  CreationRecords,
  TokenProgress,
} from '../../src/domain/creation-record.ts';
import {
  IdempotencyConflictError,
  OutcomeUnknownError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { toTokenId } from '../../src/domain/token.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryRecords } from '../../src/state/memory/records.ts';
import { createManualClock, settled } from '../support/time/manual-clock.ts';

const startMs = Date.parse('2026-01-01T00:00:00.000Z');
const ownershipMs = 32_000;
const id = 'id of the record';
const done: TokenProgress = { state: 'done', tokenId: toTokenId('6b0000000000000000000001') };

/** A store that fails as often as a test says, and a log of its commands. */
const createWorld = () => {
  const clock = createManualClock(startMs);
  const memory = createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: clock.epochMs });
  const failing = { reads: 0, replaces: 0 };
  const asked: { readonly command: 'read' | 'replace'; readonly atMs: number }[] = [];
  const logCommand = (command: 'read' | 'replace') =>
    asked.push({ command, atMs: clock.epochMs() - startMs });
  const fail = (kind: 'reads' | 'replaces'): void => {
    if (failing[kind] === 0) return;
    failing[kind] -= 1;
    throw new Error('The store is down.');
  };
  const records: CreationRecords = {
    read: async (name) => {
      logCommand('read');
      fail('reads');
      return memory.read(name);
    },
    replace: async (name, revision, next) => {
      logCommand('replace');
      fail('replaces');
      return memory.replace(name, revision, next);
    },
  };
  const deferred: (() => Promise<unknown>)[] = [];
  const dependencies: CreationDependencies = {
    records,
    clock,
    hash: createProcessHash(),
    ownershipMs,
    deferWrite: (write) => deferred.push(write),
  };
  const store = async (record: Partial<CreationRecord>) => {
    const current = await memory.read(id);
    await memory.replace(id, current?.revision ?? null, {
      revision: 'stored by the test',
      inputHash: 'hash of the input',
      ownedUntilMs: 0,
      progress: { state: 'reserved' },
      ...record,
    });
  };
  const claim = (changes: Partial<ClaimRequest<TokenProgress>> = {}) =>
    claimCreation<TokenProgress>(dependencies, {
      id,
      inputHash: 'hash of the input',
      initial: { state: 'reserved' },
      readProgress: (progress) => (progress.state === 'bulk' ? null : progress),
      hasUnsent: ({ state }) => state === 'reserved',
      signal: new AbortController().signal,
      ...changes,
    });
  const timesOf = (command: 'read' | 'replace') =>
    asked.filter((one) => one.command === command).map(({ atMs }) => atMs);
  return { clock, failing, memory, deferred, store, claim, timesOf };
};

describe('a record', () => {
  test('that does not exist yet is reserved for the ownership time', async () => {
    const { claim, memory } = createWorld();
    expect(await claim()).toMatchObject({ isOwned: true, progress: { state: 'reserved' } });
    expect(await memory.read(id)).toMatchObject({
      inputHash: 'hash of the input',
      ownedUntilMs: startMs + ownershipMs,
      progress: { state: 'reserved' },
    });
  });

  test('of another kind of create is a conflict, whatever its input', async () => {
    const { claim, store } = createWorld();
    await store({ progress: { state: 'bulk', chunkSize: 1, chunks: [null] } });
    await expect(claim()).rejects.toThrow(IdempotencyConflictError);
  });

  test('belongs to its owner until its ownership ends, to the millisecond', async () => {
    const { clock, claim, store } = createWorld();
    await store({ ownedUntilMs: startMs + 1_000 });
    await clock.advance(1_000);
    expect(await claim()).toMatchObject({ isOwned: true });
  });

  test('with nothing left to send is not written, and no call owns it', async () => {
    const { claim, store, timesOf } = createWorld();
    await store({ progress: done });
    expect(await claim()).toMatchObject({ isOwned: false, progress: done });
    expect(timesOf('replace')).toEqual([]);
  });

  test('that another call writes first is read again', async () => {
    const { clock, claim, memory, store, timesOf } = createWorld();
    const both = [claim(), claim()];
    await settled();
    // Both calls found no record. One of them owns it now, and the other waits.
    expect(timesOf('replace')).toEqual([0, 0]);
    await store({ progress: done });
    await clock.advance(25);
    const claims = await Promise.all(both);
    expect(claims.map(({ isOwned }) => isOwned).sort()).toEqual([false, true]);
    const [owned] = claims.filter(({ isOwned }) => isOwned);
    expect(await owned?.save({ state: 'sent', sentAtMs: startMs })).toBe(false);
    expect(await memory.read(id)).toMatchObject({ progress: done });
  });
});

describe('a call that waits for another one', () => {
  test('reads the record less and less often, and at least once a second', async () => {
    const { clock, claim, store, timesOf } = createWorld();
    await store({ ownedUntilMs: startMs + ownershipMs });
    void claim();
    await clock.advance(4_600);
    expect(timesOf('read')).toEqual([0, 25, 75, 175, 375, 775, 1_575, 2_575, 3_575, 4_575]);
  });

  test('fails when its signal is aborted, with the error that the other call is still running', async () => {
    const { clock, claim, store } = createWorld();
    await store({ ownedUntilMs: startMs + ownershipMs });
    const client = new AbortController();
    const refused = claim({ signal: client.signal }).catch((reason) => reason);
    await clock.advance(100);
    client.abort();
    const failure = await refused;
    expect(failure).toBeInstanceOf(OutcomeUnknownError);
    expect(failure).toMatchObject({ candidates: [] });
  });

  test('tolerates three failed reads in a row, and waits before each next one', async () => {
    const { clock, claim, failing, store, timesOf } = createWorld();
    await store({ ownedUntilMs: startMs + 300 });
    const waiting = claim();
    await settled();
    failing.reads = 3;
    await clock.advance(1_000);
    expect(await waiting).toMatchObject({ isOwned: true });
    expect(timesOf('read')).toEqual([0, 25, 75, 175, 375]);
  });

  test('counts failed reads from zero after a read that succeeds', async () => {
    const { clock, claim, failing, store } = createWorld();
    await store({ ownedUntilMs: startMs + 10_000 });
    const waiting = claim();
    await settled();
    failing.reads = 3;
    await clock.advance(500);
    failing.reads = 3;
    await clock.advance(10_500);
    expect(await waiting).toMatchObject({ isOwned: true });
  });

  test('gives up at the fourth failed read', async () => {
    const { clock, claim, failing, store, timesOf } = createWorld();
    await store({ ownedUntilMs: startMs + ownershipMs });
    const refused = expect(claim()).rejects.toThrow(UpstreamUnavailableError);
    await settled();
    failing.reads = Number.POSITIVE_INFINITY;
    await clock.advance(1_000);
    await refused;
    expect(timesOf('read')).toEqual([0, 25, 75, 175, 375]);
  });

  test('gives up at the first failed read once its signal is aborted', async () => {
    const { clock, claim, failing, store, timesOf } = createWorld();
    await store({ ownedUntilMs: startMs + ownershipMs });
    const client = new AbortController();
    const refused = expect(claim({ signal: client.signal })).rejects.toThrow(
      UpstreamUnavailableError,
    );
    await settled();
    failing.reads = Number.POSITIVE_INFINITY;
    client.abort();
    await clock.advance(1_000);
    await refused;
    expect(timesOf('read')).toEqual([0, 0]);
  });
});

describe('a call that starts', () => {
  test('reads again at once if the first read fails', async () => {
    const { claim, failing } = createWorld();
    failing.reads = 1;
    // The clock stands still.
    expect(await claim()).toMatchObject({ isOwned: true });
  });

  test('gives up if the second read fails too', async () => {
    const { claim, failing, timesOf } = createWorld();
    failing.reads = 2;
    await expect(claim()).rejects.toMatchObject({ mayHaveArrived: false });
    expect(timesOf('read')).toHaveLength(2);
  });
});

describe('the last write of a call, if the store fails', () => {
  test.each<[string, TokenProgress | null]>([
    ['a created token', done],
    ['a POST that was sent', { state: 'sent', sentAtMs: startMs }],
    ['a removal', null],
  ])('is deferred if it is %s', async (_what, end) => {
    const { claim, failing, deferred, memory } = createWorld();
    const { release } = await claim();
    failing.replaces = 1;
    await release(end);
    expect(deferred).toHaveLength(1);
    expect(await memory.read(id)).toMatchObject({ progress: { state: 'reserved' } });
    await deferred[0]?.();
    const record = await memory.read(id);
    expect(record?.progress ?? null).toEqual(end);
    // No call has to wait for the record any more.
    expect(record?.ownedUntilMs ?? 0).toBe(0);
  });

  test('is dropped if nothing was sent, since the ownership ends soon', async () => {
    const { claim, failing, deferred } = createWorld();
    failing.replaces = 2;
    await expect(claim()).rejects.toThrow(UpstreamUnavailableError);
    expect(failing.replaces).toBe(0);
    expect(deferred).toEqual([]);
  });

  test('does not overwrite a later write of another call', async () => {
    const { claim, failing, deferred, memory, store } = createWorld();
    const { release } = await claim();
    failing.replaces = 1;
    await release(null);
    await store({ progress: done });
    await deferred[0]?.();
    expect(await memory.read(id)).toMatchObject({ progress: done });
  });
});
