import { GatewayError } from '../../../src/domain/errors.ts';
import { readConnectionPage } from '../../../src/paging/connection-page.ts';
import type { ConnectionPage, PageArguments } from '../../../src/paging/types.ts';
import { createRandom, type Random } from './random.ts';
import { drawScenario, type Kind, type Scenario } from './scenario.ts';
import type { Doc } from './upstream.ts';
import { World } from './world.ts';

/** A promise of the feed was broken. */
class BrokenPromiseError extends Error {}

class GivenUpError extends Error {}

const demand = (holds: boolean, message: () => string): void => {
  if (!holds) throw new BrokenPromiseError(message());
};

/** A cursor, and what the walk that gave it out had returned on one side of it. */
interface Mark {
  readonly cursor: string;
  readonly edge: string | null;
  /** Ids returned on this side of the edge; what was there throughout and is not among them is on the other. */
  readonly side: 'before' | 'after';
  readonly hasPassed: (id: string) => boolean;
  readonly since: number;
}

export interface WalkCost {
  pages: number;
  calls: number;
  seeks: number;
  readItems: number;
  wantedItems: number;
  /** Pages on which a place was not found again within the bound, and walks that were given up for it. */
  lostPlaces: number;
  givenUp: number;
}

export const noCost = (): WalkCost => ({
  pages: 0,
  calls: 0,
  seeks: 0,
  readItems: 0,
  wantedItems: 0,
  lostPlaces: 0,
  givenUp: 0,
});

export interface WalkReport {
  readonly scenario: Scenario;
  readonly cost: WalkCost;
}

/** One walk over the feed of one scenario, asserting what the feed promises at every page and at its end. */
class Walker {
  readonly cost = noCost();
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #world: World;
  readonly #sign: number;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = createRandom(scenario.seed + 0x9e3779b9);
    this.#world = new World(scenario, this.#random);
    this.#sign = scenario.order.direction === 'ascending' ? 1 : -1;
  }

  async run(): Promise<void> {
    const random = this.#random;
    const marks: Mark[] = [];
    const forward = random.chance(0.5);
    marks.push(...(await this.#leg(null, forward, Number.POSITIVE_INFINITY)));
    if (this.#scenario.kind === 'frozen') await this.#compareWithUnion(marks);
    const turns =
      this.#scenario.kind === 'turning' ? 4 : this.#scenario.kind === 'changing' ? 0 : 1;
    for (let turn = 0; turn < turns; turn += 1) {
      const mark = marks[random.below(marks.length)];
      if (mark === undefined) return;
      const most = random.chance(0.5) ? Number.POSITIVE_INFINITY : 1 + random.below(4);
      marks.push(...(await this.#leg(mark, random.chance(0.5), most)));
    }
  }

  /** Whether there may be more equal keys than fit one answer. */
  get #mayCrowd(): boolean {
    const { largestTies, maxLimit, clamps } = this.#scenario;
    return largestTies > Math.min(maxLimit, ...clamps) / 2.5 - 4;
  }

  // In a frozen list, too, a wrong count makes a group that just fits one answer oversized on one page and not on the next.
  get #mayLosePlaces(): boolean {
    const { changeRate, totals } = this.#scenario;
    return changeRate > 0 || (this.#mayCrowd && totals !== 'right');
  }

  #matches(doc: Doc): boolean {
    return doc.tag % this.#scenario.matchEvery === 0;
  }

  #drawSize(): number {
    const { pageSize } = this.#scenario;
    return pageSize === 0 ? 1 + this.#random.below(this.#random.pick([3, 10, 100])) : pageSize;
  }

  #read(page: PageArguments): Promise<ConnectionPage<Doc>> {
    const { sources, order, maxLimit, maxScanItems, matchEvery } = this.#scenario;
    const { upstream } = this.#world;
    return readConnectionPage({
      sources: sources.map((key) => upstream.source(key)),
      order,
      binding: { connection: 'tokens', organizationId: '0123', filter: {} },
      page,
      limits: { defaultPageSize: 20, maxPageSize: 100, maxScanItems, maxLimit },
      select: { items: true, pageInfo: true, totals: true },
      matches: matchEvery === 1 ? undefined : (doc) => this.#matches(doc),
    });
  }

  #plague(): void {
    const random = this.#random;
    const { kind, sources } = this.#scenario;
    const { down } = this.#world;
    down.clear();
    this.#world.isFlaky = kind === 'outages' && random.chance(0.5);
    if (kind !== 'outages') return;
    for (const source of sources) {
      if (random.chance(0.15)) down.set(source, random.pick(['unavailable', 'forbidden']));
    }
  }

  /** One page in one direction; tried again where every source failed, and a few times where a place was lost. */
  async #page(cursor: string | null, forward: boolean, size: number): Promise<ConnectionPage<Doc>> {
    const page = forward ? { first: size, after: cursor } : { last: size, before: cursor };
    let lost = 0;
    for (let attempt = 0; ; attempt += 1) {
      this.#plague();
      const failuresBefore = this.#world.failures;
      const { calls } = this.#world.upstream;
      const before = calls.length;
      try {
        const answer = await this.#read(page);
        this.#count(answer, before, size);
        return answer;
      } catch (error) {
        const isExcused = error instanceof GatewayError && this.#world.failures > failuresBefore;
        const isLost = error instanceof GatewayError && error.code === 'UPSTREAM_UNAVAILABLE';
        demand((isExcused || isLost) && attempt < 200, () => `the page failed: ${String(error)}`);
        lost += isExcused ? 0 : 1;
        if (lost > 5) {
          this.cost.givenUp += 1;
          throw new GivenUpError();
        }
        demand(isExcused || this.#mayLosePlaces, () => 'a place was lost in a frozen list');
        this.cost.lostPlaces += isExcused ? 0 : 1;
      }
    }
  }

  #count(answer: ConnectionPage<Doc>, callsBefore: number, size: number): void {
    const { upstream, down } = this.#world;
    const calls = upstream.calls.slice(callsBefore);
    this.cost.pages += 1;
    this.cost.calls += calls.length;
    this.cost.seeks += calls.filter(({ cause }) => cause === 'seek').length;
    this.cost.readItems += calls.reduce((sum, { limit }) => sum + limit, 0);
    this.cost.wantedItems += (size + 2) * this.#scenario.sources.length;
    const { kind, changeRate, matchEvery, maxScanItems } = this.#scenario;
    for (const { key, status, error } of answer.sources) {
      if (status !== 'UNAVAILABLE' || down.has(key) || kind === 'outages') continue;
      demand(this.#mayLosePlaces, () => `${key} was lost in a frozen list: ${error?.message}`);
      this.cost.lostPlaces += 1;
    }
    if (matchEvery > 1 && changeRate === 0) {
      demand(answer.readItems <= maxScanItems + 50, () => `scanned ${answer.readItems} items`);
    }
  }

  #startsOf(mark: Mark | null, forward: boolean): Mark {
    if (mark !== null) return mark;
    const side = forward ? 'before' : 'after';
    return { cursor: '', edge: null, side, hasPassed: () => false, since: this.#world.moment };
  }

  /** Walks from a mark, or an end of the list, to the other end or for some pages. Gives marks to go on from. */
  async #leg(from: Mark | null, forward: boolean, mostPages: number): Promise<readonly Mark[]> {
    const origin = this.#startsOf(from, forward);
    const returned: Doc[] = [];
    const indexOf = new Map<string, number>();
    const marks: Mark[] = [];
    let cursor = from?.cursor ?? null;
    let isComplete = false;
    let isOrdered = true;
    let stuck = 0;
    let forbidden: readonly string[] = [];
    const mostReads = 400 + 20 * (this.#scenario.docs.length + this.#scenario.mostChanges);
    for (let pages = 0; pages < mostPages && !isComplete; pages += 1) {
      demand(pages < mostReads, () => 'the walk does not end');
      const size = this.#drawSize();
      const failuresBefore = this.#world.failures;
      const page = await this.#page(cursor, forward, size);
      const edges = forward ? page.edges : page.edges.toReversed();
      const hasMore = forward ? page.hasNextPage : page.hasPreviousPage;
      const isWhole = page.sources.every(({ status }) => status === 'OK');
      isOrdered &&=
        isWhole || page.sources.every(({ status }) => status === 'SCAN_LIMIT' || status === 'OK');
      forbidden = page.sources.filter(({ status }) => status === 'FORBIDDEN').map(({ key }) => key);
      demand(edges.length <= size, () => `${edges.length} edges of ${size}`);
      demand(
        edges.length === size || !hasMore || !isWhole,
        () => `only ${edges.length} edges of ${size}`,
      );
      this.#checkBehind(page, origin, returned, forward, cursor);
      for (const edge of edges) {
        const { node } = edge;
        const previous = returned.at(-1);
        if (previous !== undefined && isOrdered) this.#checkOrder(previous, node, forward);
        if (!indexOf.has(node.id)) indexOf.set(node.id, returned.length);
        if (this.#random.chance(0.3)) {
          const mark = this.#markAt(origin, indexOf, returned.length, forward);
          marks.push({ ...mark, cursor: edge.cursor, edge: node.id });
        }
        returned.push(node);
      }
      if (edges.length > 0 || isWhole || this.#world.failures > failuresBefore) stuck = 0;
      else stuck += 1;
      if (stuck > 5) {
        this.cost.givenUp += 1;
        break;
      }
      const goOn = forward ? page.endCursor : page.startCursor;
      isComplete = !hasMore;
      demand(isComplete || goOn !== null, () => 'there is more, but no cursor to go on from');
      cursor = goOn;
      this.#world.anchor = returned.at(-1)?.id ?? null;
    }
    this.#checkReturned(origin, returned, forward, isComplete, forbidden);
    return marks;
  }

  // `indexOf` tells where the leg returned an id; the edge is the one at `index`.
  #markAt(
    { side, since, edge, hasPassed }: Mark,
    indexOf: ReadonlyMap<string, number>,
    index: number,
    forward: boolean,
  ): Pick<Mark, 'side' | 'since' | 'hasPassed'> {
    const isReturned = (id: string, end: number) => (indexOf.get(id) ?? end) < end;
    const isAway = (side === 'before') === forward;
    const passed = isAway
      ? (id: string) => id === edge || isReturned(id, index) || hasPassed(id)
      : (id: string) => hasPassed(id) && !isReturned(id, index + 1);
    return { side, since, hasPassed: passed };
  }

  // One whose key contradicts the list is promised to affect no other; it may itself be missed where the list moves.
  #mayBeMissed({ sent }: Doc): boolean {
    return this.#scenario.changeRate > 0 && sent?.isMisplaced === true;
  }

  /** Whether a document was in the list, with the same key, since a moment. */
  #wasThere(doc: Doc, since: number): boolean {
    return (
      this.#world.upstream.get(doc.id) !== undefined &&
      doc.since <= since &&
      !doc.isUnreadable &&
      !(doc.sent && this.#world.updated.has(doc.id)) &&
      !this.#mayBeMissed(doc)
    );
  }

  #checkBehind(
    page: ConnectionPage<Doc>,
    origin: Mark,
    returned: readonly Doc[],
    forward: boolean,
    cursor: string | null,
  ): void {
    const hasBehind = forward ? page.hasPreviousPage : page.hasNextPage;
    const isWhole = page.sources.every(({ status }) => status === 'OK');
    if (cursor === null) demand(!hasBehind || !isWhole, () => 'something is behind the first page');
    const last = returned.at(-1);
    if (last === undefined || origin.edge !== null || !isWhole) return;
    const isThere =
      this.#world.upstream.get(last.id) !== undefined && !this.#world.updated.has(last.id);
    demand(hasBehind || !isThere, () => 'what was returned before is denied');
  }

  #checkOrder(previous: Doc, next: Doc, forward: boolean): void {
    if (this.#scenario.isForeign) return;
    const sign = forward ? this.#sign : -this.#sign;
    // Under change, one that is odd may have had another key when it was read.
    if (this.#scenario.changeRate > 0 && (previous.sent ?? next.sent)) return;
    const world = this.#world;
    const byKey = sign * world.compareKeys(world.keyOf(previous), world.keyOf(next));
    const inOrder = sign * world.compare(previous, next) < 0;
    const isTie = byKey === 0 && previous.source === next.source;
    const describe = () =>
      `out of order: ${previous.key} ${previous.source} ${previous.id}, then ${next.key} ${next.source} ${next.id}`;
    // A crowd keeps the order of the API.
    demand(inOrder || (isTie && this.#mayCrowd), describe);
  }

  #checkReturned(
    origin: Mark,
    returned: readonly Doc[],
    forward: boolean,
    isComplete: boolean,
    forbidden: readonly string[],
  ): void {
    const { upstream, updated } = this.#world;
    const counts = new Map<string, number>();
    for (const { id } of returned) counts.set(id, (counts.get(id) ?? 0) + 1);
    const isAway = (origin.side === 'before') === forward;
    const isExpected = (id: string): boolean =>
      id !== origin.edge && origin.hasPassed(id) !== isAway;
    for (const doc of returned) {
      if (updated.has(doc.id)) continue;
      demand(counts.get(doc.id) === 1, () => `${doc.id} was returned ${counts.get(doc.id)} times`);
      demand(this.#matches(doc), () => `${doc.id} does not match`);
      if (doc.since <= origin.since && !this.#mayBeMissed(doc)) {
        demand(isExpected(doc.id), () => `${doc.id} is on the other side of the cursor`);
      }
    }
    if (!isComplete) return;
    for (const doc of upstream.all()) {
      if (!this.#wasThere(doc, origin.since) || !this.#matches(doc)) continue;
      if (forbidden.includes(doc.source) || !isExpected(doc.id)) continue;
      demand(counts.has(doc.id), () => `${doc.id} of ${doc.source}, ${doc.key}, was left out`);
    }
  }

  /** Frozen lists: any page from any cursor is a slice of the sorted union. */
  async #compareWithUnion(marks: readonly Mark[]): Promise<void> {
    const random = this.#random;
    const { maxLimit, clamps, sources } = this.#scenario;
    if (this.#scenario.isForeign || this.#mayCrowd) return;
    const unique = new Map(this.#world.upstream.all().map((doc) => [doc.id, doc]));
    // One that cannot be read may be the very one that was asked for, and costs another call.
    const isReadable = [...unique.values()].every(
      ({ isUnreadable, sent }) => !isUnreadable && !sent,
    );
    const union = [...unique.values()]
      .filter((doc) => !doc.isUnreadable && this.#matches(doc))
      .sort((left, right) => this.#sign * this.#world.compare(left, right));
    const indexOf = new Map(union.map(({ id }, index) => [id, index]));
    for (let probe = 0; probe < 6; probe += 1) {
      const after = random.chance(0.6) ? marks[random.below(marks.length)] : undefined;
      const before = random.chance(0.6) ? marks[random.below(marks.length)] : undefined;
      const low = after?.edge == null ? 0 : (indexOf.get(after.edge) ?? 0) + 1;
      const high = before?.edge == null ? union.length : (indexOf.get(before.edge) ?? 0);
      const size = random.pick([0, 1, 7, 30]);
      const forward = random.chance(0.5);
      const ends = { after: after?.cursor ?? null, before: before?.cursor ?? null };
      const callsBefore = this.#world.upstream.calls.length;
      const page = await this.#read(forward ? { first: size, ...ends } : { last: size, ...ends });
      const slice = union.slice(low, Math.max(low, high));
      const cut = forward ? slice.slice(0, size) : slice.slice(Math.max(0, slice.length - size));
      const got = page.edges.map(({ node }) => node.id);
      demand(
        got.join() === cut.map(({ id }) => id).join(),
        () => `a slice (${low}, ${high}) of ${size}: ${got.length} edges differ from ${cut.length}`,
      );
      if (low > high) continue;
      const hasMore = slice.length > size;
      const hasNext = forward ? hasMore : high < union.length;
      const hasPrevious = forward ? low > 0 : hasMore;
      demand(
        page.hasNextPage === hasNext,
        () => `hasNextPage of (${low}, ${high}) must be ${hasNext}`,
      );
      demand(
        page.hasPreviousPage === hasPrevious,
        () => `hasPreviousPage of (${low}, ${high}) must be ${hasPrevious}`,
      );
      const { totals, hasTies, order } = this.#scenario;
      const isUnique = !hasTies && (order.field === 'createdAt' || order.field === 'updatedAt');
      if (
        isReadable &&
        totals === 'right' &&
        isUnique &&
        Math.min(maxLimit, ...clamps) >= 100 &&
        low < high
      ) {
        const calls = this.#world.upstream.calls.length - callsBefore;
        demand(calls === sources.length, () => `${calls} calls for ${sources.length} sources`);
      }
    }
  }
}

/** Runs the walk of one scenario; throws where a promise is broken. */
const runScenario = async (scenario: Scenario): Promise<WalkCost> => {
  const walker = new Walker(scenario);
  await walker.run().catch((error: unknown) => {
    if (!(error instanceof GivenUpError)) throw error;
  });
  return walker.cost;
};

/** Runs the walk of one seed; throws where a promise is broken. */
export const runWalk = async (seed: number, kind?: Kind): Promise<WalkReport> => {
  const scenario = drawScenario(seed, kind);
  return { scenario, cost: await runScenario(scenario) };
};
