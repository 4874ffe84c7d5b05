import { Buffer } from 'node:buffer';
import type { Random } from './random.ts';
import { drawId, drawKey, type Scenario, toTime } from './scenario.ts';
import { type Doc, forbidden, type InferredKey, Upstream, unavailable } from './upstream.ts';

/** How the API itself orders keys. Shares no code with src/. */
const compareKeysOf =
  ({ order, hasOwnCollation }: Scenario) =>
  (left: string | null, right: string | null): number => {
    if (left === right) return 0;
    if (left === null) return -1;
    if (right === null) return 1;
    if (order.comparison !== 'name') return left < right ? -1 : 1;
    if (hasOwnCollation) return left.localeCompare(right, 'sv') || (left < right ? -1 : 1);
    return Buffer.compare(Buffer.from(left), Buffer.from(right));
  };

/** The upstream of one scenario, and the changes and failures that happen while it is read. */
export class World {
  readonly upstream: Upstream;
  readonly compareKeys: (left: string | null, right: string | null) => number;
  /** The number of changes so far. A document's `since` is such a number. */
  moment = 0;
  /** Ids whose key was changed, and odd records whose inferred key changed with their neighbours. */
  readonly updated = new Set<string>();
  /** The id of the cursor's document. Some changes delete or update it on purpose. */
  anchor: string | null = null;
  /** Sources that fail while the current page is read, and the kind of failure. */
  readonly down = new Map<string, 'forbidden' | 'unavailable'>();
  /** Whether a read may fail by itself. */
  isFlaky = false;
  /** Reads that were made to fail so far. */
  failures = 0;
  readonly #scenario: Scenario;
  readonly #random: Random;
  readonly #inferredKeys = new Map<string, InferredKey>();
  readonly #hasOdd: boolean;
  #changes = 0;
  #clamp: number;

  constructor(scenario: Scenario, random: Random) {
    this.#scenario = scenario;
    this.#random = random;
    this.#clamp = scenario.clamps[0];
    this.compareKeys = compareKeysOf(scenario);
    this.upstream = new Upstream(
      {
        random,
        tieOrder: scenario.tieOrder,
        compareKeys: this.compareKeys,
        clampAt: () => this.#clamp,
        admitsClamp: scenario.admitsClamp,
        totals: scenario.totals,
        beforeRead: (source) => this.#beforeRead(source),
      },
      scenario.docs,
      scenario.sources,
    );
    this.#hasOdd = scenario.docs.some(({ sent }) => sent);
    this.#inferOddKeys();
  }

  /** The key that a document is ordered by. */
  keyOf(doc: Doc): string | null {
    return doc.sent === undefined ? doc.key : (this.#inferredKeys.get(doc.id)?.key ?? null);
  }

  // If the neighbours of an odd record change, so does the key that is inferred for it.
  #inferOddKeys(): void {
    if (!this.#hasOdd) return;
    for (const source of this.#scenario.sources) {
      for (const [id, inferred] of this.upstream.inferredKeys(source)) {
        const before = this.#inferredKeys.get(id) ?? inferred;
        if (before.key !== inferred.key || before.rank !== inferred.rank) this.updated.add(id);
        this.#inferredKeys.set(id, inferred);
      }
    }
  }

  #rankOf({ id, sent }: Doc): number {
    return sent === undefined ? 0 : (this.#inferredKeys.get(id)?.rank ?? 0);
  }

  /** Compares two documents by the total order, ascending. */
  compare(left: Doc, right: Doc): number {
    const byKey = this.compareKeys(this.keyOf(left), this.keyOf(right));
    if (byKey !== 0) return byKey;
    if (left.source !== right.source) return left.source < right.source ? -1 : 1;
    const byRank = this.#rankOf(left) - this.#rankOf(right);
    if (byRank !== 0) return byRank;
    return left.id === right.id ? 0 : left.id < right.id ? -1 : 1;
  }

  #beforeRead(source: string): void {
    const { clamps, changeRate, mostChanges } = this.#scenario;
    const random = this.#random;
    this.#clamp = random.pick(clamps);
    let changes = changeRate === 0 ? 0 : random.below(changeRate + 1);
    for (; changes > 0 && this.#changes < mostChanges; changes -= 1) this.#change();
    const failure = this.down.get(source) ?? (this.isFlaky && random.chance(0.05));
    if (failure === false) return;
    this.failures += 1;
    throw failure === 'forbidden' ? forbidden() : unavailable();
  }

  #change(): void {
    const random = this.#random;
    const { isMutable } = this.#scenario;
    this.#changes += 1;
    this.moment += 1;
    const dice = random.next();
    if (dice < 0.5) this.#insert();
    else if (dice < 0.8) this.#delete(this.#pick()?.id);
    else if (dice < 0.9) this.#delete(this.anchor ?? undefined);
    else if (isMutable) this.#update(random.chance(0.2) ? this.anchor : (this.#pick()?.id ?? null));
    else this.#insert();
    this.#inferOddKeys();
  }

  #pick(): Doc | undefined {
    return this.upstream.pick(this.#random);
  }

  #drawKey(): string | null {
    const random = this.#random;
    const { order, docs, hasTies } = this.#scenario;
    const dice = random.next();
    if (hasTies && dice < 0.3) {
      // An odd record is no source of ties: it is not defined whether it sorts before or after them.
      const doc = this.#pick();
      if (doc !== undefined && doc.sent === undefined) return doc.key;
    }
    // Most lists grow at one end: a new item has the newest key.
    if (order.comparison !== 'name' && dice < 0.7) return toTime(2_000_000_000 + this.moment);
    return drawKey(random, order.field, hasTies ? docs.length + 2 : 1_000_000_000);
  }

  #fits(source: string, key: string | null): boolean {
    if (this.#scenario.largestTies >= 400 && this.#scenario.hasTies) return true;
    const most = this.#scenario.hasTies ? this.#scenario.largestTies : 1;
    const ties = this.upstream.list(source).filter((doc) => this.compareKeys(doc.key, key) === 0);
    return ties.length < most;
  }

  #insert(): void {
    const random = this.#random;
    const { sources } = this.#scenario;
    const source = sources[random.below(sources.length)] ?? '';
    const key = this.#drawKey();
    if (!this.#fits(source, key)) return;
    this.upstream.insert({
      source,
      id: drawId(random),
      key,
      tag: random.below(1000),
      isUnreadable: false,
      since: this.moment,
    });
  }

  #delete(id: string | undefined): void {
    if (id !== undefined) this.upstream.delete(id);
  }

  #update(id: string | null): void {
    const doc = id === null ? undefined : this.upstream.get(id);
    const key = this.#drawKey();
    if (doc === undefined || !this.#fits(doc.source, key)) return;
    this.upstream.delete(doc.id);
    const { sent: _, ...rest } = doc;
    this.upstream.insert({ ...rest, key, since: this.moment });
    this.updated.add(doc.id);
  }
}
