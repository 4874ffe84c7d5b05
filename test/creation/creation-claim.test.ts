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
import { createManualClock, settled } from '../support/manual-clock.ts';

const startMs = Date.parse('2026-01-01T00:00:00.000Z');
const ownershipMs = 32_000;
const id = 'id of the record';
const done: TokenProgress = { state: 'done', tokenId: toTokenId('6b0000000000000000000001') };

/** A store that fails as often as a test says, and all that was asked of it. */
const createWorld = () => {
  const clock = createManualClock(startMs);
  const memory = createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: clock.epochMs });
  const failing = { reads: 0, replaces: 0 };
  const asked: { readonly command: 'read' | 'replace'; readonly atMs: number }[] = [];
  const note = (command: 'read' | 'replace') =>
    asked.push({ command, atMs: clock.epochMs() - startMs });
  const fail = (kind: 'reads' | 'replaces'): void => {
    if (failing[kind] === 0) return;
    failing[kind] -= 1;
    throw new Error('The store is down.');
  };
  const records: CreationRecords = {
    read: async (name) => {
      note('read');
      fail('reads');
      return memory.read(name);
    },
    replace: async (name, revision, next) => {
      note('replace');
      fail('replaces');
      return memory.replace(name, revision, next);
    },
  };
  const later: (() => Promise<unknown>)[] = [];
  const means: CreationDependencies = {
    records,
    clock,
    hash: createProcessHash(),
    ownershipMs,
    deferWrite: (write) => later.push(write),
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
    claimCreation<TokenProgress>(means, {
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
  return { clock, failing, memory, later, store, claim, timesOf };
};

describe('a record', () => {
  test('of nobody yet is reserved for as long as its owner may be at work', async () => {
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

  test('is left to its owner until the very moment that its time ends', async () => {
    const { clock, claim, store } = createWorld();
    await store({ ownedUntilMs: startMs + 1_000 });
    await clock.advance(1_000);
    expect(await claim()).toMatchObject({ isOwned: true });
  });

  test('that says it all is not written to, and nobody owns it', async () => {
    const { claim, store, timesOf } = createWorld();
    await store({ progress: done });
    expect(await claim()).toMatchObject({ isOwned: false, progress: done });
    expect(timesOf('replace')).toEqual([]);
  });

  test('that another call writes first is read again, and what it says then counts', async () => {
    const { clock, claim, memory, store, timesOf } = createWorld();
    const both = [claim(), claim()];
    await settled();
    // Both found none. One of them has it now, and the other waits.
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
  test('asks ever less often, and at least once a second', async () => {
    const { clock, claim, store, timesOf } = createWorld();
    await store({ ownedUntilMs: startMs + ownershipMs });
    void claim();
    await clock.advance(4_600);
    expect(timesOf('read')).toEqual([0, 25, 75, 175, 375, 775, 1_575, 2_575, 3_575, 4_575]);
  });

  test('ends with its signal, and tells that the other is still running', async () => {
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

  test('bears three readings in a row that fail, and waits before each next one', async () => {
    const { clock, claim, failing, store, timesOf } = createWorld();
    await store({ ownedUntilMs: startMs + 300 });
    const waiting = claim();
    await settled();
    failing.reads = 3;
    await clock.advance(1_000);
    expect(await waiting).toMatchObject({ isOwned: true });
    expect(timesOf('read')).toEqual([0, 25, 75, 175, 375]);
  });

  test('begins to count anew with each reading that works', async () => {
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

  test('gives up at the fourth that fails', async () => {
    const { clock, claim, failing, store, timesOf } = createWorld();
    await store({ ownedUntilMs: startMs + ownershipMs });
    const refused = expect(claim()).rejects.toThrow(UpstreamUnavailableError);
    await settled();
    failing.reads = Number.POSITIVE_INFINITY;
    await clock.advance(1_000);
    await refused;
    expect(timesOf('read')).toEqual([0, 25, 75, 175, 375]);
  });

  test('gives up at the first that fails once nobody waits for it', async () => {
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

describe('a call that begins', () => {
  test('asks again at once where the first reading fails', async () => {
    const { claim, failing } = createWorld();
    failing.reads = 1;
    // The clock stands still.
    expect(await claim()).toMatchObject({ isOwned: true });
  });

  test('gives up where the second fails, too', async () => {
    const { claim, failing, timesOf } = createWorld();
    failing.reads = 2;
    await expect(claim()).rejects.toMatchObject({ mayHaveArrived: false });
    expect(timesOf('read')).toHaveLength(2);
  });
});

describe('the end of a call that the store does not take', () => {
  test.each<[string, TokenProgress | null]>([
    ['what it made', done],
    ['what it may have made', { state: 'sent', sentAtMs: startMs }],
    ['that it made nothing', null],
  ])('is written later, where it says %s', async (_what, end) => {
    const { claim, failing, later, memory } = createWorld();
    const { release: finish } = await claim();
    failing.replaces = 1;
    await finish(end);
    expect(later).toHaveLength(1);
    expect(await memory.read(id)).toMatchObject({ progress: { state: 'reserved' } });
    await later[0]?.();
    const record = await memory.read(id);
    expect(record?.progress ?? null).toEqual(end);
    // Nobody has to wait for it any more.
    expect(record?.ownedUntilMs ?? 0).toBe(0);
  });

  test('is given up where nothing was sent: its time ends soon', async () => {
    const { claim, failing, later } = createWorld();
    failing.replaces = 2;
    await expect(claim()).rejects.toThrow(UpstreamUnavailableError);
    expect(failing.replaces).toBe(0);
    expect(later).toEqual([]);
  });

  test('is not written over what another call wrote meanwhile', async () => {
    const { claim, failing, later, memory, store } = createWorld();
    const { release: finish } = await claim();
    failing.replaces = 1;
    await finish(null);
    await store({ progress: done });
    await later[0]?.();
    expect(await memory.read(id)).toMatchObject({ progress: done });
  });
});
