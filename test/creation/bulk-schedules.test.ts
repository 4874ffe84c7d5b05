import fc, { type Scheduler } from 'fast-check';
import { expect, test } from 'vitest';
import { type BulkCreation, createBulkCreation } from '../../src/creation/bulk-creation.ts';
import type { BulkCounts } from '../../src/domain/creation-record.ts';
import {
  CreationFailedError,
  OutcomeUnknownError,
  RateLimitedError,
  surelyHadNoEffect,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import {
  createSteppedReplicas,
  faultPlans,
  replicaCount,
} from '../support/time/stepped-replicas.ts';
import { exampleOrganizationId } from '../support/upstream/example-token.ts';

/** The fate of one POST. Answered ones are more frequent, so creates get beyond their first chunk. */
const fates = [
  'answered',
  'answered',
  'answered',
  'refused',
  'rate limited',
  'not sent',
  'lost, no effect',
  'lost, effect',
] as const;

const emails = [
  'a@example.com',
  'b@example.com',
  'c@example.com',
  'd@example.com',
  'e@example.com',
];

const plan = fc.record({
  calls: fc.array(fc.record({ replica: fc.nat({ max: replicaCount - 1 }), leaves: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
  }),
  fates: fc.array(fc.constantFrom(...fates), { maxLength: 10 }),
  faultPlans,
});
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

const createWorld = (scheduler: Scheduler, planned: Plan) => {
  const replicas = createSteppedReplicas(scheduler, planned.faultPlans);
  const upcoming = [...planned.fates];
  const made: string[] = [];
  const mayHaveArrived = new Set<string>();
  const secondPosts: string[] = [];

  const send = async (replica: number, chunk: readonly string[]): Promise<BulkCounts> => {
    secondPosts.push(...chunk.filter((email) => mayHaveArrived.has(email)));
    for (const email of chunk) mayHaveArrived.add(email);
    const fate = upcoming.shift() ?? 'answered';
    await scheduler.schedule(Promise.resolve(), `POST: ${fate}`);
    if (fate === 'answered' || fate === 'lost, effect') made.push(...chunk);
    await replicas.step(replica, `POST is answered: ${fate}`);
    if (fate === 'answered') return { total: chunk.length, success: chunk.length, fail: 0 };
    if (fate === 'lost, effect' || fate === 'lost, no effect') {
      throw new UpstreamUnavailableError('Lost.', { reason: 'timeout', mayHaveArrived: true });
    }
    for (const email of chunk) mayHaveArrived.delete(email);
    if (fate === 'refused') throw new CreationFailedError('Refused.');
    if (fate === 'rate limited') throw new RateLimitedError('Too many.', 1_000);
    throw new UpstreamUnavailableError('Refused.', {
      reason: 'unreachable',
      mayHaveArrived: false,
    });
  };

  const create = (replica: number, signal: AbortSignal): Promise<BulkCreation> =>
    createBulkCreation(replicas.dependenciesOf(replica))({
      key: {
        caller: 'caller',
        organizationId: exampleOrganizationId,
        mutation: 'bulkCreate',
        idempotencyKey: 'key',
      },
      input: {},
      emails,
      chunkSize: 2,
      signal,
      send: (chunk) => send(replica, chunk),
    });

  const repair = () => {
    upcoming.length = 0;
    replicas.repair();
  };
  return { ...replicas, repair, create, made, secondPosts };
};

/** Checks the results of answered chunks against the tokens that the API made. */
const expectTruth = (bulk: BulkCreation, made: readonly string[]): void => {
  for (const { addresses, outcome } of bulk.chunks) {
    const ofChunk = addresses.filter(({ email }) => made.includes(email));
    if (outcome.state === 'answered') expect(ofChunk).toHaveLength(outcome.counts.success);
  }
  const counted = bulk.chunks
    .filter(({ outcome }) => outcome.state === 'answered')
    .flatMap(({ addresses }) => addresses);
  expect(bulk.success).toBe(counted.length);
};

test('with any schedule, no address of a bulk create with a key is sent again if it may have arrived, and every count is true', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plan, async (scheduler, planned) => {
      const world = createWorld(scheduler, planned);
      const answers: (BulkCreation | Error)[] = [];
      const keep = (answer: BulkCreation | Error) => answers.push(answer);
      for (const { replica, leaves } of planned.calls) {
        world.schedule('a call begins', () => {
          const client = new AbortController();
          if (leaves) world.schedule('its client leaves', () => client.abort());
          world.create(replica, client.signal).then(keep, keep);
        });
      }
      await scheduler.waitIdle();

      expect(world.secondPosts).toEqual([]);
      for (const answer of answers) {
        if (answer instanceof Error) {
          seen.add(answer.name);
          expect(answer instanceof OutcomeUnknownError || surelyHadNoEffect(answer)).toBe(true);
        } else {
          for (const { outcome } of answer.chunks) seen.add(outcome.state);
          if (answer.replayed) seen.add('replayed');
          expectTruth(answer, world.made);
        }
      }

      // After the repair, the same key continues with the chunks that were not sent, and with no others. If a replica
      // died just before a POST, the chunk counts as sent although it was not. The opposite never happens.
      world.repair();
      const last = await scheduler.waitFor(
        world.create(replicaCount, new AbortController().signal),
      );
      expect(world.secondPosts).toEqual([]);
      expectTruth(last, world.made);
      for (const { outcome } of last.chunks)
        expect(['answered', 'unknown']).toContain(outcome.state);
      expect(new Set(world.made).size).toBe(world.made.length);
    }),
    { numRuns: 400 },
  );
  // If the schedules did not reach every kind of answer, the test would prove little.
  expect([...seen].sort()).toEqual(
    [
      'OutcomeUnknownError',
      'RateLimitedError',
      'UpstreamUnavailableError',
      'answered',
      'not-attempted',
      'refused',
      'replayed',
      'unknown',
    ].sort(),
  );
}, 60_000);
