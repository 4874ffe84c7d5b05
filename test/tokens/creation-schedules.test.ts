import fc, { type Scheduler } from 'fast-check';
import { expect, test } from 'vitest';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createMemoryRecords } from '../../src/state/memory/records.ts';
import { type CreateOnce, type Creation, createTokenCreation } from '../../src/tokens/creation.ts';
import {
  CreationFailedError,
  IdempotencyConflictError,
  OutcomeUnknownError,
  surelyHadNoEffect,
  UpstreamUnavailableError,
} from '../../src/tokens/errors.ts';
import type { CreationRecords } from '../../src/tokens/ports.ts';
import { type TokenId, toTokenId } from '../../src/tokens/token.ts';
import { exampleOrganizationId } from '../support/example-token.ts';

const ownershipMs = 10_000;
const processCount = 3;
/** One more, started when all is well again: what a crashed one held in memory is gone. */
const lastProcess = processCount;

/** What becomes of one POST. */
const fates = [
  'answered',
  'refused',
  'did not leave',
  'lost, no effect',
  'lost, effect',
  'lost, effect later',
] as const;
type Fate = (typeof fates)[number];

/** What becomes of one command to the store. */
const storeFates = ['works', 'fails', 'works, answer lost'] as const;
type StoreFate = (typeof storeFates)[number];

interface Token {
  readonly sourceId: TokenId;
  readonly idempotencyKey: string;
  readonly input: string;
  readonly createdAtMs: number;
}

interface Call {
  readonly process: number;
  readonly idempotencyKey: string;
  readonly input: string;
  /** Whether the client goes away at some moment. */
  readonly leaves: boolean;
}

interface Plan {
  readonly calls: readonly Call[];
  readonly fates: readonly Fate[];
  readonly storeFates: readonly StoreFate[];
  readonly crashes: readonly number[];
  /** Jumps of the clock at arbitrary moments, which is how a paused process looks to the others. */
  readonly jumpsMs: readonly number[];
}

const plan: fc.Arbitrary<Plan> = fc.record({
  calls: fc.array(
    fc.record({
      process: fc.nat({ max: processCount - 1 }),
      idempotencyKey: fc.constantFrom('key 1', 'key 2'),
      // Mostly one input, so that most calls are repeats.
      input: fc.constantFrom('input', 'input', 'input', 'another input'),
      leaves: fc.boolean(),
    }),
    { minLength: 1, maxLength: 7 },
  ),
  fates: fc.array(fc.constantFrom(...fates), { maxLength: 6 }),
  storeFates: fc.array(fc.constantFrom('works', 'works', 'works', ...storeFates), {
    maxLength: 25,
  }),
  crashes: fc.uniqueArray(fc.nat({ max: processCount - 1 }), { maxLength: 2 }),
  jumpsMs: fc.array(fc.nat({ max: 2 * ownershipMs }), { maxLength: 4 }),
});

const never = new Promise<never>(() => {});

/** Replicas that crash and pause, their store and the API, all stepped by one scheduler. */
const createWorld = (scheduler: Scheduler, { fates, storeFates }: Plan) => {
  let nowMs = 1_000_000;
  const crashed = new Set<number>();
  const tokens: Token[] = [];
  const posts: { readonly idempotencyKey: string; surelyWithoutEffect: boolean }[] = [];
  const secondPosts: string[] = [];
  const upcoming = { fates: [...fates], storeFates: [...storeFates] };
  const memory = createMemoryRecords({ timeToLiveMs: 86_400_000, nowMs: () => nowMs });
  const hash = createProcessHash();

  /** One step of a process: never comes back once the process has crashed. */
  const step = async (process: number, label: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), `process ${process}: ${label}`);
    if (crashed.has(process)) await never;
  };

  const recordsOf = (process: number): CreationRecords => {
    const ask = async <Answer>(label: string, command: () => Promise<Answer>): Promise<Answer> => {
      const fate = upcoming.storeFates.shift() ?? 'works';
      await step(process, `${label} leaves`);
      const answer = fate === 'fails' ? null : await command();
      await step(process, `${label} is answered`);
      if (answer === null || fate !== 'works') throw new Error('The store failed.');
      return answer;
    };
    return {
      read: async (id) => (await ask('read', async () => ({ of: await memory.read(id) }))).of,
      replace: (id, revision, next) => ask('replace', () => memory.replace(id, revision, next)),
    };
  };

  const creations: CreateOnce<Token>[] = Array.from({ length: processCount + 1 }, (_, process) =>
    createTokenCreation<Token>({
      records: recordsOf(process),
      hash,
      ownershipMs,
      clock: {
        epochMs: () => nowMs,
        wait: async (delayMs) => {
          const untilMs = nowMs + delayMs;
          await step(process, 'waits');
          nowMs = Math.max(nowMs, untilMs);
        },
      },
    }),
  );

  const make = ({ idempotencyKey, input }: Call): Token => {
    const sourceId = toTokenId(String(tokens.length + 1).padStart(24, '0'));
    const token = { sourceId, idempotencyKey, input, createdAtMs: nowMs };
    tokens.push(token);
    return token;
  };

  const send = async (call: Call): Promise<Token> => {
    const { process, idempotencyKey } = call;
    const isSecond = posts.some(
      (post) => post.idempotencyKey === idempotencyKey && !post.surelyWithoutEffect,
    );
    // Counted, not thrown: what a send throws is the business of the code under test.
    if (isSecond) secondPosts.push(idempotencyKey);
    const post = { idempotencyKey, surelyWithoutEffect: false };
    posts.push(post);
    const fate = upcoming.fates.shift() ?? 'answered';
    await scheduler.schedule(Promise.resolve(), `POST: ${fate}`);
    const token = fate === 'answered' || fate === 'lost, effect' ? make(call) : null;
    if (fate === 'lost, effect later') {
      void scheduler.schedule(Promise.resolve(), 'late effect').then(() => make(call));
    }
    await step(process, `POST is answered: ${fate}`);
    if (token !== null && fate === 'answered') return token;
    post.surelyWithoutEffect = fate === 'refused' || fate === 'did not leave';
    if (fate === 'refused') throw new CreationFailedError('Refused.');
    throw new UpstreamUnavailableError('Lost.', {
      reason: 'timeout',
      mayHaveArrived: fate !== 'did not leave',
    });
  };

  const create = (call: Call, signal: AbortSignal): Promise<Creation<Token>> => {
    const { process, idempotencyKey, input } = call;
    const creation = creations[process];
    if (creation === undefined) throw new Error(`There is no process ${process}.`);
    return creation({
      key: {
        caller: 'caller',
        organizationId: exampleOrganizationId,
        mutation: 'm',
        idempotencyKey,
      },
      input,
      signal,
      send: () => send(call),
      readBack: async (sentAtMs) => {
        await step(process, 'reads back');
        const candidates = tokens.filter(
          (token) =>
            token.idempotencyKey === idempotencyKey &&
            token.input === input &&
            token.createdAtMs >= sentAtMs,
        );
        await step(process, 'has read back');
        return { candidates, complete: true };
      },
      readAgain: async (id) => {
        await step(process, 'reads again');
        const token = tokens.find(({ sourceId }) => sourceId === id);
        if (token === undefined) throw new Error('A token was named that never was.');
        return token;
      },
    });
  };

  return {
    create,
    tokens,
    secondPosts,
    crash: (process: number) => crashed.add(process),
    pass: (milliseconds: number) => {
      nowMs += milliseconds;
    },
    repair: () => {
      upcoming.storeFates.length = 0;
      upcoming.fates.length = 0;
    },
  };
};

type World = ReturnType<typeof createWorld>;

/** Starts the calls, crashes and jumps at moments of the scheduler's choice, and lets all of it happen. */
const run = async (scheduler: Scheduler, world: World, planned: Plan) => {
  const answers: { readonly call: Call; readonly outcome: Creation<Token> | Error }[] = [];
  const at = (label: string, act: () => void) => {
    void scheduler.schedule(Promise.resolve(), label).then(act);
  };
  for (const call of planned.calls) {
    at('a call begins', () => {
      const client = new AbortController();
      if (call.leaves) at('its client leaves', () => client.abort());
      world.create(call, client.signal).then(
        (outcome) => answers.push({ call, outcome }),
        (outcome) => answers.push({ call, outcome }),
      );
    });
  }
  for (const process of planned.crashes) at('a crash', () => world.crash(process));
  for (const jumpMs of planned.jumpsMs) at('a jump of the clock', () => world.pass(jumpMs));
  await scheduler.waitIdle();
  return answers;
};

test('over any schedule of callers, crashes, pauses and failures of store and API, a key is sent once and every answer is true', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), plan, async (scheduler, planned) => {
      const world = createWorld(scheduler, planned);
      const answers = await run(scheduler, world, planned);

      // Never a second POST for a key whose first may have arrived, or may still.
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

      // When all is well again, whoever repeats the call learns of the token that was made.
      world.repair();
      world.pass(ownershipMs);
      for (const token of [...world.tokens]) {
        const call = { ...token, process: lastProcess, leaves: false };
        const repeated = world.create(call, new AbortController().signal);
        const { token: found, replayed } = await scheduler.waitFor(repeated);
        expect(found).toBe(token);
        expect(replayed).toBe(true);
        seen.add('found in the end');
      }
      expect(world.secondPosts).toEqual([]);
    }),
    { numRuns: 600 },
  );
  // The schedules reached every kind of answer, or the test would show little.
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
