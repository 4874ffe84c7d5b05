import { GatewayError } from '../../../src/domain/errors.ts';
import { readConnectionPage } from '../../../src/paging/connection-page.ts';
import type { ConnectionPage, PageArguments } from '../../../src/paging/types.ts';
import { type CursorMark, demand, Promises } from './promises.ts';
import { createRandom, type Random } from './random.ts';
import { drawScenario, type Kind, type Scenario } from './scenario.ts';
import { compareWithUnion } from './union.ts';
import type { Doc } from './upstream.ts';
import { noCost, type WalkCost } from './walk-cost.ts';
import { World } from './world.ts';

/** A boundary was lost too often: the walk ends without a verdict. */
class GivenUpError extends Error {}

/** A walk that broke no promise, and what it cost. */
export interface WalkReport {
  readonly scenario: Scenario;
  readonly cost: WalkCost;
}

/** One walk over the connection of one scenario. Checks the promises after every page and at the end. */
class Walker {
  readonly cost = noCost();
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #world: World;
  readonly #promises: Promises;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#random = createRandom(scenario.seed + 0x9e3779b9);
    this.#world = new World(scenario, this.#random);
    this.#promises = new Promises(scenario, this.#world);
  }

  async run(): Promise<void> {
    const random = this.#random;
    const marks: CursorMark[] = [];
    const forward = random.chance(0.5);
    marks.push(...(await this.#traverse(null, forward, Number.POSITIVE_INFINITY)));
    if (this.#scenario.kind === 'frozen') {
      await compareWithUnion(
        {
          scenario: this.#scenario,
          world: this.#world,
          promises: this.#promises,
          random,
          read: (page) => this.#read(page),
        },
        marks,
      );
    }
    const turns =
      this.#scenario.kind === 'turning' ? 4 : this.#scenario.kind === 'changing' ? 0 : 1;
    for (let turn = 0; turn < turns; turn += 1) {
      const mark = marks[random.below(marks.length)];
      if (mark === undefined) return;
      const mostPages = random.chance(0.5) ? Number.POSITIVE_INFINITY : 1 + random.below(4);
      marks.push(...(await this.#traverse(mark, random.chance(0.5), mostPages)));
    }
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
      matches: matchEvery === 1 ? undefined : (doc) => this.#promises.matches(doc),
    });
  }

  #drawOutages(): void {
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

  /** One page in one direction. Tried again if every source failed, and up to five times if a boundary was lost. */
  async #page(cursor: string | null, forward: boolean, size: number): Promise<ConnectionPage<Doc>> {
    const page = forward ? { first: size, after: cursor } : { last: size, before: cursor };
    let lost = 0;
    for (let attempt = 0; ; attempt += 1) {
      this.#drawOutages();
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
        demand(
          isExcused || this.#promises.mayLoseBoundaries,
          () => 'a boundary was lost in a frozen list',
        );
        this.cost.lostBoundaries += isExcused ? 0 : 1;
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
      demand(
        this.#promises.mayLoseBoundaries,
        () => `a boundary of ${key} was lost in a frozen list: ${error?.message}`,
      );
      this.cost.lostBoundaries += 1;
    }
    if (matchEvery > 1 && changeRate === 0) {
      demand(answer.readItems <= maxScanItems + 50, () => `scanned ${answer.readItems} items`);
    }
  }

  #originOf(mark: CursorMark | null, forward: boolean): CursorMark {
    if (mark !== null) return mark;
    const side = forward ? 'before' : 'after';
    return { cursor: '', edge: null, side, hasPassed: () => false, since: this.#world.moment };
  }

  /** Walks from a mark or an end of the list to the other end, or for some pages. Returns marks to continue from. */
  async #traverse(
    from: CursorMark | null,
    forward: boolean,
    mostPages: number,
  ): Promise<readonly CursorMark[]> {
    const origin = this.#originOf(from, forward);
    const returned: Doc[] = [];
    const indexOf = new Map<string, number>();
    const marks: CursorMark[] = [];
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
      this.#promises.checkBehind(page, origin, returned, forward, cursor);
      for (const edge of edges) {
        const { node } = edge;
        const previous = returned.at(-1);
        if (previous !== undefined && isOrdered) this.#promises.checkOrder(previous, node, forward);
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
      const next = forward ? page.endCursor : page.startCursor;
      isComplete = !hasMore;
      demand(isComplete || next !== null, () => 'there is more, but no cursor to continue from');
      cursor = next;
      this.#world.anchor = returned.at(-1)?.id ?? null;
    }
    this.#promises.checkReturned(origin, returned, forward, isComplete, forbidden);
    return marks;
  }

  // `indexOf` holds where this traversal returned each id. `index` is that of the edge.
  #markAt(
    { side, since, edge, hasPassed }: CursorMark,
    indexOf: ReadonlyMap<string, number>,
    index: number,
    forward: boolean,
  ): Pick<CursorMark, 'side' | 'since' | 'hasPassed'> {
    const isReturned = (id: string, end: number) => (indexOf.get(id) ?? end) < end;
    const isAway = (side === 'before') === forward;
    const passed = isAway
      ? (id: string) => id === edge || isReturned(id, index) || hasPassed(id)
      : (id: string) => hasPassed(id) && !isReturned(id, index + 1);
    return { side, since, hasPassed: passed };
  }
}

/** Runs the walk of one scenario. Throws if a promise is broken. */
const runScenario = async (scenario: Scenario): Promise<WalkCost> => {
  const walker = new Walker(scenario);
  await walker.run().catch((error: unknown) => {
    if (!(error instanceof GivenUpError)) throw error;
  });
  return walker.cost;
};

/** Runs the walk of one seed. Throws if a promise is broken. */
export const runWalk = async (seed: number, kind?: Kind): Promise<WalkReport> => {
  const scenario = drawScenario(seed, kind);
  return { scenario, cost: await runScenario(scenario) };
};
