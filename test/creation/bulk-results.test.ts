import { describe, expect, test } from 'vitest';
import { createBulkCreation } from '../../src/creation/bulk-creation.ts';
import { readBulkResults } from '../../src/creation/bulk-results.ts';
import type { BulkCounts } from '../../src/domain/creation-record.ts';
import {
  CreationFailedError,
  RateLimitedError,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import type { ListPage } from '../../src/domain/list.ts';
import { toMdmUserId } from '../../src/domain/mdm-user.ts';
import type { Operation } from '../../src/domain/operation.ts';
import type { TokenDraft, TokenListRequest } from '../../src/domain/platform.ts';
import { type EnrollmentToken, toTokenId } from '../../src/domain/token.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryRecords } from '../../src/state/memory/records.ts';
import { startOperation } from '../rest/harness.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import { exampleOrganizationId, exampleToken } from '../support/upstream/example-token.ts';

const startMs = Date.parse('2026-01-01T00:00:00.000Z');
const draft: TokenDraft = { sendEmail: false, displayName: 'Onboarding' };

const operation = startOperation({ cause: 'write', deadlineMs: Number.POSITIVE_INFINITY });

const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `user${index}@example.com`);

const lost = () =>
  new UpstreamUnavailableError('Timed out.', { reason: 'timeout', mayHaveArrived: true });

/** An API with a list of tokens, newest first. It knows all users except those called nobody. */
const createWorld = (options: { readonly maxLimit?: number } = {}) => {
  const clock = createManualClock(startMs);
  const tokens: EnrollmentToken[] = [];
  const reads: TokenListRequest[] = [];
  let made = 0;
  let failure: Error | null = null;
  const make = (email: string, changes: Partial<EnrollmentToken> = {}) => {
    made += 1;
    const number = String(made).padStart(24, '0');
    tokens.unshift(
      exampleToken({
        sourceId: toTokenId(number),
        createdAt: new Date(clock.epochMs()).toISOString(),
        displayName: 'Onboarding',
        user: { sourceId: toMdmUserId(number), embeddedFields: { email: email.toLowerCase() } },
        ...changes,
      }),
    );
  };
  const effect = (emails: readonly string[]): BulkCounts => {
    const known = emails.filter((email) => !email.startsWith('nobody'));
    for (const email of known) make(email);
    return {
      total: emails.length,
      success: known.length,
      fail: emails.length - known.length,
    };
  };
  const platform = {
    listTokens: async (
      { cause }: Operation,
      _: unknown,
      request: TokenListRequest,
    ): Promise<ListPage<EnrollmentToken>> => {
      expect(cause).toBe('read-back');
      reads.push(request);
      if (failure !== null) throw failure;
      const { page, limit } = request;
      return {
        items: tokens.slice((page - 1) * limit, page * limit),
        limit,
        totalCount: tokens.length,
        hasNextPage: page * limit < tokens.length,
      };
    },
  };
  const dependencies = {
    records: createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: clock.epochMs }),
    clock,
    hash: createProcessHash(),
    ownershipMs: 32_000,
    deferWrite: () => {},
  };
  const create = (
    emails: readonly string[],
    chunkSize: number,
    send: (emails: readonly string[]) => BulkCounts = effect,
  ) =>
    createBulkCreation(dependencies)({
      key: null,
      input: draft,
      emails,
      chunkSize,
      signal: operation.signal,
      send: async (chunk) => send(chunk),
    });
  const results = (bulk: Awaited<ReturnType<typeof create>>) =>
    readBulkResults(
      platform,
      operation,
      {
        organizationId: exampleOrganizationId,
        draft,
        matchesPlatform: () => true,
        maxLimit: options.maxLimit ?? 500,
      },
      bulk,
    );
  return {
    clock,
    tokens,
    reads,
    make,
    effect,
    create,
    results,
    failReads: (error: Error) => {
      failure = error;
    },
  };
};

const outcomes = (results: readonly { readonly outcome: string }[]) =>
  results.map(({ outcome }) => outcome);

describe('the results of a bulk create', () => {
  test('of 500 addresses agree with the tokens that the API made, in the order given', async () => {
    const world = createWorld();
    const emails = [
      ...addresses(440).map((email, index) => (index % 3 === 0 ? email.toUpperCase() : email)),
      ...addresses(20),
      ...Array.from({ length: 30 }, (_, index) => `nobody${index}@example.com`),
      ...Array.from({ length: 10 }, (_, index) => `malformed${index}`),
    ];
    for (let old = 0; old < 700; old += 1) world.make(`old${old}@example.com`);
    await world.clock.advance(60_000);
    const bulk = await world.create(emails, 50, (chunk) => {
      if (chunk.includes('user100@example.com')) throw new CreationFailedError('Refused.');
      return world.effect(chunk);
    });
    expect(bulk).toMatchObject({ total: 480, success: 390, fail: 90 });

    const results = await world.results(bulk);
    expect(results).toHaveLength(480);
    for (const { email, outcome, token, error } of results) {
      const made = world.tokens.find(
        ({ user }) => user?.embeddedFields.email === email.toLowerCase(),
      );
      expect(outcome).toBe(made === undefined ? 'FAILED' : 'CREATED');
      expect(token).toBe(made ?? null);
      expect(error === null).toBe(made !== undefined);
    }
    // The 400 new tokens and the first older one are on one page.
    expect(world.reads.map(({ page, limit }) => [page, limit])).toEqual([[1, 500]]);
  });

  test('read no page after the last address is found', async () => {
    const world = createWorld({ maxLimit: 100 });
    const bulk = await world.create(addresses(150), 50);
    expect(new Set(outcomes(await world.results(bulk)))).toEqual(new Set(['CREATED']));
    expect(world.reads.map(({ page }) => page)).toEqual([1, 2]);
  });

  test('take no call if the counts decide everything', async () => {
    const world = createWorld();
    const bulk = await world.create(['nobody1@example.com', 'nobody2@example.com', 'malformed'], 2);
    expect(outcomes(await world.results(bulk))).toEqual(['FAILED', 'FAILED', 'FAILED']);
    expect(world.reads).toEqual([]);
  });

  test('of a chunk whose answer was lost are CREATED or UNKNOWN, never FAILED', async () => {
    const world = createWorld();
    const bulk = await world.create(['user0@example.com', 'nobody@example.com'], 50, (chunk) => {
      world.effect(chunk);
      throw lost();
    });
    const [created, unknown] = await world.results(bulk);
    expect(created).toMatchObject({ outcome: 'CREATED', token: world.tokens[0], error: null });
    expect(unknown).toMatchObject({
      outcome: 'UNKNOWN',
      token: null,
      error: { code: 'OUTCOME_UNKNOWN' },
    });
  });

  test('of a lost chunk do not use an older token, a different one, or one of two equal tokens', async () => {
    const world = createWorld();
    world.make('user0@example.com');
    await world.clock.advance(60_000);
    const bulk = await world.create(addresses(3), 50, () => {
      world.make('user1@example.com', { displayName: 'Another' });
      world.make('user2@example.com');
      world.make('user2@example.com');
      throw lost();
    });
    expect(outcomes(await world.results(bulk))).toEqual(['UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
  });

  test('are FAILED only if the counts match the tokens found', async () => {
    const world = createWorld();
    const emails = ['user0@example.com', 'user1@example.com', 'nobody@example.com'];
    const misplaced = await world.create(emails, 50, (chunk) => {
      const counts = world.effect(chunk);
      // One new token has been deleted, so two are missing although one address failed.
      world.tokens.shift();
      return counts;
    });
    expect(outcomes(await world.results(misplaced))).toEqual(['CREATED', 'UNKNOWN', 'UNKNOWN']);

    const others = ['user7@example.com', 'nobody@example.com'];
    const miscounted = await world.create(others, 50, (chunk) => {
      world.effect(chunk);
      return { total: 3, success: 1, fail: 2 };
    });
    expect(outcomes(await world.results(miscounted))).toEqual(['CREATED', 'UNKNOWN']);
  });

  test('are CREATED without a token if the API counts a success whose token cannot be identified', async () => {
    const world = createWorld();
    const bulk = await world.create(addresses(3), 50);
    // One token has been deleted, and another equal one was created.
    world.tokens.pop();
    world.make('user1@example.com');
    expect(await world.results(bulk)).toMatchObject([
      { outcome: 'CREATED', token: null },
      { outcome: 'CREATED', token: null },
      { outcome: 'CREATED', token: { user: { embeddedFields: { email: 'user2@example.com' } } } },
    ]);
  });

  test('are UNKNOWN with the reason if the read-back fails and the counts do not decide', async () => {
    const world = createWorld();
    const emails = [
      'user0@example.com',
      'user1@example.com',
      'user2@example.com',
      'nobody@example.com',
    ];
    const bulk = await world.create(emails, 2);
    const error = new RateLimitedError('Too many.', 1_000);
    world.failReads(error);
    expect(await world.results(bulk)).toEqual([
      { email: 'user0@example.com', outcome: 'CREATED', token: null, error: null },
      { email: 'user1@example.com', outcome: 'CREATED', token: null, error: null },
      { email: 'user2@example.com', outcome: 'UNKNOWN', token: null, error },
      { email: 'nobody@example.com', outcome: 'UNKNOWN', token: null, error },
    ]);
  });

  test('of an old bulk create behind many newer tokens take at most ten calls and are UNKNOWN', async () => {
    const world = createWorld({ maxLimit: 20 });
    const bulk = await world.create(['user0@example.com', 'nobody@example.com'], 50);
    await world.clock.advance(3_600_000);
    for (let newer = 0; newer < 300; newer += 1) world.make(`newer${newer}@example.com`);
    expect(outcomes(await world.results(bulk))).toEqual(['UNKNOWN', 'UNKNOWN']);
    expect(world.reads).toHaveLength(10);
  });

  test('of chunks that were not sent are NOT_ATTEMPTED', async () => {
    const world = createWorld();
    const error = new RateLimitedError('Too many.', 1_000);
    const bulk = await world.create(addresses(3), 1, (chunk) => {
      if (!chunk.includes('user0@example.com')) throw error;
      return world.effect(chunk);
    });
    expect((await world.results(bulk)).slice(1)).toEqual([
      { email: 'user1@example.com', outcome: 'NOT_ATTEMPTED', token: null, error },
      { email: 'user2@example.com', outcome: 'NOT_ATTEMPTED', token: null, error },
    ]);
  });
});
