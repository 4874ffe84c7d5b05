import fc from 'fast-check';
import type { ChangeStream, Change as Delivered } from '../../src/changes/types.ts';
import { UpstreamUnavailableError } from '../../src/domain/errors.ts';
import { createProcessHash } from '../../src/state/keyed-hash.ts';
import { createManualClock } from '../support/time/manual-clock.ts';
import {
  type Change,
  type ChangingLists,
  createChangingLists,
  listNames,
  mostLateMs,
  type Version,
} from './changing-lists.ts';
import { credential, followLists, organizationId } from './followed-lists.ts';
import { createSharedReplicaReads } from './shared-replica-reads.ts';

/** One step of a walk. */
export type Step =
  | { readonly step: 'change'; readonly change: Change }
  | { readonly step: 'during'; readonly change: Change }
  | { readonly step: 'wait'; readonly ms: number }
  | { readonly step: 'outage'; readonly list: string; readonly isDown: boolean }
  | { readonly step: 'clamp'; readonly limit: number }
  | { readonly step: 'lag'; readonly ms: number }
  | { readonly step: 'hint'; readonly replica: number }
  | { readonly step: 'join'; readonly replica: number }
  | {
      readonly step: 'resume';
      readonly which: number;
      readonly event: number;
      readonly replica: number;
    }
  | { readonly step: 'kill'; readonly replica: number }
  | { readonly step: 'store'; readonly isUp: boolean }
  | { readonly step: 'messages'; readonly arrive: boolean }
  | { readonly step: 'leave'; readonly which: number };

export interface Walk {
  readonly replicas: number;
  readonly sizes: readonly number[];
  readonly stepMs: number;
  readonly steps: readonly Step[];
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('create', 'create', 'update', 'update', 'update', 'revoke'),
  list: fc.constantFrom(...listNames),
  which: fc.nat(100),
  lateMs: fc.oneof(fc.constant(0), fc.nat(mostLateMs)),
  isTie: fc.boolean(),
});

const replica = fc.nat(2);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ step: fc.constant('change'), change }) },
  { weight: 4, arbitrary: fc.record({ step: fc.constant('during'), change }) },
  {
    weight: 6,
    arbitrary: fc.record({ step: fc.constant('wait'), ms: fc.integer({ min: 1, max: 4_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('wait'), ms: fc.integer({ min: 1, max: 40_000 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      step: fc.constant('outage'),
      list: fc.constantFrom(...listNames),
      isDown: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ step: fc.constant('clamp'), limit: fc.constantFrom(3, 7, 500) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ step: fc.constant('lag'), ms: fc.constantFrom(0, 1_000, 4_000) }),
  },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('hint'), replica }) },
  { weight: 2, arbitrary: fc.record({ step: fc.constant('join'), replica }) },
  {
    weight: 6,
    arbitrary: fc.record({
      step: fc.constant('resume'),
      which: fc.nat(20),
      event: fc.nat(50),
      replica,
    }),
  },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('kill'), replica }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('store'), isUp: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('messages'), arrive: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ step: fc.constant('leave'), which: fc.nat(20) }) },
);

export const walks: fc.Arbitrary<Walk> = fc.record({
  replicas: fc.constantFrom(1, 2, 2, 3),
  sizes: fc.tuple(fc.constantFrom(0, 3, 15, 60), fc.constantFrom(0, 3, 15, 60)),
  stepMs: fc.constantFrom(0, 1, 700, 60_000),
  steps: fc.array(step, { minLength: 5, maxLength: 60, size: 'max' }),
});

/** When a subscription had begun, and what existed then: changes of one millisecond can come before and after. */
interface Start {
  readonly atMs: number;
  readonly versions: readonly Version[];
}

/** A subscriber, what it got, and what it had got before it resumed. */
export interface Watcher {
  readonly stream: Promise<ChangeStream<Version>>;
  start: Start;
  readonly before: readonly Delivered<Version>[];
  readonly got: Delivered<Version>[];
  readonly replica: number;
  isOpen: boolean;
  error: unknown;
}

const outage = () =>
  new UpstreamUnavailableError('It is down.', { reason: 'unreachable', mayHaveArrived: false });
const intervalMs = 5_000;
const hash = createProcessHash();

/** Takes a walk. Afterwards all lists answer, nothing changes, and some intervals pass. */
const takeWalk = async ({ replicas, sizes, stepMs, steps }: Walk) => {
  const clock = createManualClock(Date.UTC(2026, 0, 1));
  const lists: ChangingLists = createChangingLists(clock, sizes, stepMs);
  const watchers: Watcher[] = [];
  const shared = createSharedReplicaReads(clock);
  const startReplica = () =>
    followLists(lists, clock, { intervalMs, replicas: shared.join(), hash });
  const running = Array.from({ length: replicas }, startReplica);
  const followersOf = (replica: number) => running[replica % replicas] ?? startReplica();

  const present = (): Start => ({ atMs: clock.epochMs(), versions: lists.latest() });
  const watch = (
    replica: number,
    after: string | null,
    start: Start,
    before: Watcher['before'],
  ): void => {
    const stream = followersOf(replica).follow(organizationId, credential, {
      after,
      matches: () => true,
    });
    const watcher: Watcher = {
      ...{ stream, start, before, got: [], isOpen: true, error: null },
      replica: replica % replicas,
    };
    watchers.push(watcher);
    const takeAll = async (): Promise<void> => {
      const changes = await stream;
      if (after === null) watcher.start = present();
      for await (const event of changes) watcher.got.push(event);
    };
    takeAll().catch((error: unknown) => {
      watcher.error = error;
    });
  };
  const pick = (which: number): Watcher | undefined =>
    watchers[which % Math.max(1, watchers.length)];

  const take = async (step: Step): Promise<void> => {
    switch (step.step) {
      case 'change':
        lists.change(step.change);
        return;
      case 'during':
        lists.duringNextRead(step.change);
        return;
      case 'wait':
        await clock.advance(step.ms);
        return;
      case 'outage':
        lists.fail(step.list, step.isDown ? outage() : null);
        return;
      case 'clamp':
        lists.setClamp(step.limit);
        return;
      case 'lag':
        lists.setLag(step.ms);
        return;
      case 'hint':
        followersOf(step.replica).hint(organizationId, 'write');
        return;
      case 'join':
        watch(step.replica, null, present(), []);
        return;
      case 'resume': {
        const watcher = pick(step.which);
        const index = step.event % Math.max(1, watcher?.got.length ?? 0);
        const event = watcher?.got[index];
        if (!watcher || !event) return;
        const before = [...watcher.before, ...watcher.got.slice(0, index + 1)];
        watch(step.replica, event.cursor, watcher.start, before);
        return;
      }
      case 'kill': {
        const killed = step.replica % replicas;
        followersOf(killed).end();
        running[killed] = startReplica();
        for (const watcher of watchers.filter((it) => it.replica === killed && it.isOpen)) {
          watcher.isOpen = false;
          const last = watcher.got.at(-1) ?? watcher.before.at(-1);
          if (!last) continue;
          watch(killed + 1, last.cursor, watcher.start, [...watcher.before, ...watcher.got]);
        }
        return;
      }
      case 'store':
        shared.isUp = step.isUp;
        return;
      case 'messages':
        shared.hasMessages = step.arrive;
        return;
      case 'leave': {
        const watcher = pick(step.which);
        if (!watcher) return;
        watcher.isOpen = false;
        void watcher.stream.then((stream) => stream.return());
        return;
      }
      default:
        step satisfies never;
    }
  };

  watch(0, null, present(), []);
  for (const next of steps) await take(next);
  for (const list of listNames) lists.fail(list, null);
  lists.setClamp(500);
  lists.setLag(0);
  shared.isUp = true;
  await clock.advance(mostLateMs + 4 * intervalMs);
  for (const { isOpen, stream } of watchers) if (isOpen) await (await stream).return();
  return { watchers, lists, load: running.map((followers) => followers.load()) };
};

const describe = ({ id, number, updatedMs }: Version): string => `${id} v${number} at ${updatedMs}`;

/** The promises that a walk has broken. */
export const brokenPromises = async (walk: Walk): Promise<readonly string[]> => {
  const { watchers, lists, load } = await takeWalk(walk);
  const latest = lists.latest();
  const broken: string[] = [];
  const isIdle = load.every(({ readers, subscribers }) => readers + subscribers === 0);
  if (!isIdle) broken.push(`still open: ${JSON.stringify(load)}`);
  for (const [index, { got, before, start, isOpen, error }] of watchers.entries()) {
    const say = (text: string, version: Version): void => {
      broken.push(`watcher ${index}: ${text}: ${describe(version)}`);
    };
    if (error !== null) broken.push(`watcher ${index}: ${String(error)}`);
    const versions = new Set<string>();
    const newest = new Map<string, number>();
    for (const { node, kind } of got) {
      const isOfToken = (event: Delivered<Version>): boolean => event.node.id === node.id;
      const isFirst = !before.some(isOfToken) && got.find(isOfToken)?.node === node;
      if (versions.has(describe(node))) say('twice', node);
      versions.add(describe(node));
      if ((newest.get(node.id) ?? -1) > node.number) say('older after newer', node);
      newest.set(node.id, node.number);
      if (node.isRevoked !== (kind === 'REVOKED')) say(`${kind}, but revoked or not`, node);
      const isNew =
        node.createdMs >= start.atMs && !start.versions.some(({ id }) => id === node.id);
      if (isFirst && isNew && kind === 'UPDATED') say('not CREATED', node);
      if (kind === 'CREATED' && !isFirst && got.find(isOfToken)?.node !== node)
        say('CREATED later', node);
    }
    if (!isOpen) continue;
    for (const version of latest) {
      if (version.updatedMs < start.atMs || start.versions.includes(version)) continue;
      const known = before.findLast(({ node }) => node.id === version.id)?.node;
      const last = got.findLast(({ node }) => node.id === version.id)?.node ?? known;
      if (last?.number !== version.number) say('never delivered', version);
    }
  }
  return broken;
};
