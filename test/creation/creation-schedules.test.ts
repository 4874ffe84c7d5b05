import fc, { type Scheduler } from 'fast-check';
import { expect, test } from 'vitest';
import { type Creation, createTokenCreation } from '../../src/creation/creation.ts';
import {
  CreationFailedError,
  IdempotencyConflictError,
  OutcomeUnknownError,
  surelyHadNoEffect,
  UpstreamUnavailableError,
} from '../../src/domain/errors.ts';
import { type TokenId, toTokenId } from '../../src/domain/token.ts';
import {
  createSteppedReplicas,
  faultPlans,
  replicaCount,
} from '../support/time/stepped-replicas.ts';
import { exampleOrganizationId } from '../support/upstream/example-token.ts';

/** The fate of one POST. */
const fates = [
  'answered',
  'refused',
  'not sent',
  'lost, no effect',
  'lost, effect',
  'lost, effect later',
] as const;

interface Token {
  readonly sourceId: TokenId;
  readonly idempotencyKey: string;
  readonly input: string;
  readonly createdAtMs: number;
}

interface Call {
  readonly replica: number;
  readonly idempotencyKey: string;
  readonly input: string;
  /** Whether the client leaves at some moment. */
  readonly leaves: boolean;
}

const plan = fc.record({
  calls: fc.array(
    fc.record({
      replica: fc.nat({ max: replicaCount - 1 }),
      idempotencyKey: fc.constantFrom('key 1', 'key 2'),
      // Mostly one input, so most calls are repeats.
      input: fc.constantFrom('input', 'input', 'input', 'another input'),
      leaves: fc.boolean(),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  fates: fc.array(fc.constantFrom(...fates), { maxLength: 6 }),
  faultPlans,
});
type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

/** An API that stores its tokens and notices repeated POSTs, and calls to it from all replicas. */
const createWorld = (scheduler: Scheduler, planned: Plan) => {
  const replicas = createSteppedReplicas(scheduler, planned.faultPlans);
  const upcoming = [...planned.fates];
  const tokens: Token[] = [];
  const posts: { readonly idempotencyKey: string; surelyWithoutEffect: boolean }[] = [];
  const secondPosts: string[] = [];

  const creations = Array.from({ length: replicaCount + 1 }, (_, replica) =>
    createTokenCreation<Token>(replicas.dependenciesOf(replica)),
  );

  const make = ({ idempotencyKey, input }: Call): Token => {
    const sourceId = toTokenId(String(tokens.length + 1).padStart(24, '0'));
    const token = { sourceId, idempotencyKey, input, createdAtMs: replicas.epochMs() };
    tokens.push(token);
    return token;
  };

  const send = async (call: Call): Promise<Token> => {
    const { replica, idempotencyKey } = call;
    const isSecond = posts.some(
      (post) => post.idempotencyKey === idempotencyKey && !post.surelyWithoutEffect,
    );
    // Counted, not thrown, since the code under test handles the errors of a send.
    if (isSecond) secondPosts.push(idempotencyKey);
    const post = { idempotencyKey, surelyWithoutEffect: false };
    posts.push(post);
    const fate = upcoming.shift() ?? 'answered';
    await scheduler.schedule(Promise.resolve(), `POST: ${fate}`);
    const token = fate === 'answered' || fate === 'lost, effect' ? make(call) : null;
    if (fate === 'lost, effect later') replicas.schedule('a late effect', () => make(call));
    await replicas.step(replica, `POST is answered: ${fate}`);
    if (token !== null && fate === 'answered') return token;
    post.surelyWithoutEffect = fate === 'refused' || fate === 'not sent';
    if (fate === 'refused') throw new CreationFailedError('Refused.');
    throw new UpstreamUnavailableError('Lost.', {
      reason: 'timeout',
      mayHaveArrived: fate !== 'not sent',
    });
  };

  const create = (call: Call, signal: AbortSignal): Promise<Creation<Token>> => {
    const { replica, idempotencyKey, input } = call;
    const creation = creations[replica];
    if (creation === undefined) throw new Error(`There is no replica ${replica}.`);
    return creation({
      key: {
        caller: 'caller',
        organizationId: exampleOrganizationId,
        mutation: 'create',
        idempotencyKey,
      },
      input,
      signal,
      send: () => send(call),
      readBack: async (sentAtMs) => {
        await replicas.step(replica, 'reads back');
        const candidates = tokens.filter(
          (token) =>
            token.idempotencyKey === idempotencyKey &&
            token.input === input &&
            token.createdAtMs >= sentAtMs,
        );
        await replicas.step(replica, 'has read back');
        return { candidates, isComplete: true };
      },
      readAgain: async (id) => {
        await replicas.step(replica, 'reads again');
        const token = tokens.find(({ sourceId }) => sourceId === id);
        if (token === undefined) throw new Error('A token was named that never was.');
        return token;
      },
    });
  };

  const repair = () => {
    upcoming.length = 0;
    replicas.repair();
  };
  return { ...replicas, repair, create, tokens, secondPosts };
};

type World = ReturnType<typeof createWorld>;

/** Starts the calls at moments that the scheduler chooses, and runs everything to its end. */
const run = async (scheduler: Scheduler, world: World, calls: readonly Call[]) => {
  const answers: { readonly call: Call; readonly outcome: Creation<Token> | Error }[] = [];
  for (const call of calls) {
    world.schedule('a call begins', () => {
      const client = new AbortController();
      if (call.leaves) world.schedule('its client leaves', () => client.abort());
      world.create(call, client.signal).then(
        (outcome) => answers.push({ call, outcome }),
        (outcome) => answers.push({ call, outcome }),
      );
    });
  }
  await scheduler.waitIdle();
  return answers;
};

test('with any schedule of callers, crashes, pauses and failures of store and API, a key is sent once and every answer is true', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plan, async (scheduler, planned) => {
      const world = createWorld(scheduler, planned);
      const answers = await run(scheduler, world, planned.calls);

      // There is never a second POST for a key whose first POST has arrived or may still arrive.
      expect(world.secondPosts).toEqual([]);
      for (const { call, outcome } of answers) {
        const ofKey = world.tokens.filter(
          ({ idempotencyKey }) => idempotencyKey === call.idempotencyKey,
        );
        expect(ofKey.length).toBeLessThanOrEqual(1);
        if (outcome instanceof Error) {
          seen.add(outcome.name);
          expect(
            outcome instanceof OutcomeUnknownError ||
              outcome instanceof IdempotencyConflictError ||
              surelyHadNoEffect(outcome),
          ).toBe(true);
          if (outcome instanceof IdempotencyConflictError) {
            const inputs = planned.calls
              .filter(({ idempotencyKey }) => idempotencyKey === call.idempotencyKey)
              .map(({ input }) => input);
            expect(new Set(inputs).size).toBe(2);
          }
        } else {
          seen.add(outcome.replayed ? 'replayed' : 'created');
          expect(outcome.token).toBe(ofKey[0]);
          expect(outcome.token.input).toBe(call.input);
        }
      }
      const created = answers.filter(
        ({ outcome }) => !(outcome instanceof Error) && !outcome.replayed,
      );
      expect(created.length).toBeLessThanOrEqual(world.tokens.length);

      // After the repair, a repeated call finds the token that was made.
      world.repair();
      for (const token of [...world.tokens]) {
        const call = { ...token, replica: replicaCount, leaves: false };
        const repeated = world.create(call, new AbortController().signal);
        expect(await scheduler.waitFor(repeated)).toEqual({ token, replayed: true });
        seen.add('found in the end');
      }
      expect(world.secondPosts).toEqual([]);
    }),
    { numRuns: 600 },
  );
  // If the schedules did not reach every kind of answer, the test would prove little.
  expect([...seen].sort()).toEqual(
    [
      'CreationFailedError',
      'IdempotencyConflictError',
      'OutcomeUnknownError',
      'UpstreamUnavailableError',
      'created',
      'found in the end',
      'replayed',
    ].sort(),
  );
}, 60_000);
