import { ForbiddenError, UpstreamUnavailableError } from '../../../src/domain/errors.ts';
import type { ListPage } from '../../../src/domain/list.ts';
import type { Item, Source, SourceRequest } from '../../../src/paging/types.ts';
import type { Random } from './random.ts';

interface SentKey {
  readonly key: string | null | undefined;
  /** Whether the key can be read and contradicts the order of the list. */
  readonly isMisplaced?: boolean;
}

/** One item of the in-memory lists. */
export interface Doc {
  readonly source: string;
  readonly id: string;
  readonly key: string | null;
  readonly tag: number;
  /** Set if the record is odd: what answers hold instead of `key`. The list itself is sorted by `key`. */
  readonly sent?: SentKey;
  /** Answers hold null instead of this item. */
  readonly isUnreadable: boolean;
  /** The moment at which it was created, or was last given another key. */
  readonly since: number;
}

/** The key that an odd record has by its neighbour, and whether it sorts before (-1) or after (1) that neighbour. */
export interface InferredKey {
  readonly key: string | null;
  readonly rank: -1 | 1;
}

/** How the lists order equal keys. */
export type TieOrder = 'by-id' | 'by-id-mirrored' | 'by-hash' | 'shuffled';

export interface UpstreamTraits {
  readonly random: Random;
  readonly tieOrder: TieOrder;
  readonly compareKeys: (left: string | null, right: string | null) => number;
  /** The largest limit at a moment. */
  clampAt: (source: string) => number;
  /** Whether an answer states the applied limit. If not, it repeats the one that was asked for. */
  readonly admitsClamp: boolean;
  readonly totals: 'right' | 'high' | 'vague';
  /** Runs before every read. Changes the lists, or throws the error with which the read fails. */
  beforeRead: (source: string) => void;
}

export interface Call {
  readonly source: string;
  readonly limit: number;
  readonly items: number;
  readonly cause: string;
}

const hash = (id: string): number => {
  let value = 7;
  for (let index = 0; index < id.length; index += 1) {
    value = Math.imul(value ^ id.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
};

const compareIds = (left: Doc, right: Doc): number => (left.id < right.id ? -1 : 1);

/** Lists that are kept sorted and may change before any read. */
export class Upstream {
  readonly calls: Call[] = [];
  readonly #lists = new Map<string, Doc[]>();
  readonly #byId = new Map<string, Doc>();
  readonly #traits: UpstreamTraits;

  constructor(traits: UpstreamTraits, docs: readonly Doc[], sources: readonly string[]) {
    this.#traits = traits;
    for (const source of sources) {
      const list = docs.filter((doc) => doc.source === source);
      list.sort((left, right) => this.#compare(left, right));
      this.#lists.set(source, list);
    }
    for (const doc of docs) this.#byId.set(doc.id, doc);
  }

  #compare(left: Doc, right: Doc): number {
    return this.#traits.compareKeys(left.key, right.key) || compareIds(left, right);
  }

  list(source: string): readonly Doc[] {
    return this.#lists.get(source) ?? [];
  }

  /**
   * The keys that odd records have by their neighbours in the list. An odd record has the key of the next record above
   * and sorts just below it. At the top of the list, it has the key of the next record below.
   */
  inferredKeys(source: string): ReadonlyMap<string, InferredKey> {
    const inferred = new Map<string, InferredKey>();
    const list = this.list(source);
    const top = list.findLast(({ sent, isUnreadable }) => !sent && !isUnreadable);
    let next: InferredKey = top ? { key: top.key, rank: 1 } : { key: null, rank: -1 };
    for (const doc of list.toReversed()) {
      if (doc.sent) inferred.set(doc.id, next);
      else if (!doc.isUnreadable) next = { key: doc.key, rank: -1 };
    }
    return inferred;
  }

  all(): readonly Doc[] {
    return [...this.#lists.values()].flat();
  }

  pick(random: Random): Doc | undefined {
    const lists = [...this.#lists.values()];
    let index = random.below(lists.reduce((sum, { length }) => sum + length, 0));
    for (const list of lists) {
      if (index < list.length) return list[index];
      index -= list.length;
    }
    return undefined;
  }

  get(id: string): Doc | undefined {
    return this.#byId.get(id);
  }

  insert(doc: Doc): void {
    const list = this.#lists.get(doc.source) ?? [];
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = list[middle];
      if (other !== undefined && this.#compare(other, doc) < 0) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, doc);
    this.#byId.set(doc.id, doc);
  }

  delete(id: string): void {
    const doc = this.#byId.get(id);
    if (doc === undefined) return;
    const list = this.#lists.get(doc.source) ?? [];
    for (let index = list.length - 1; index >= 0; index -= 1) {
      if (list[index]?.id === id) list.splice(index, 1);
    }
    this.#byId.delete(id);
  }

  source(key: string): Source<Doc> {
    return {
      key,
      read: async (request, cause) => this.#read(key, request, cause),
    };
  }

  #read(source: string, request: SourceRequest, cause: string): ListPage<Item<Doc>> {
    this.#traits.beforeRead(source);
    const list = this.list(source);
    const limit = Math.min(request.limit, this.#traits.clampAt(source));
    const start = (request.page - 1) * limit;
    const docs = this.#slice(list, start, start + limit, request.direction === 'ascending');
    this.calls.push({ source, limit: request.limit, items: docs.length, cause });
    const items = docs.map((node) =>
      node.isUnreadable ? null : { id: node.id, key: (node.sent ?? node).key, node },
    );
    const { random, totals, admitsClamp } = this.#traits;
    const totalCount =
      totals === 'right'
        ? list.length
        : list.length + random.below(9) - (totals === 'high' ? 0 : 4);
    // The library behind the API derives hasNextPage from its count, even if the count is wrong.
    const counted = totals === 'high' ? totalCount : list.length;
    return {
      items,
      limit: admitsClamp ? limit : request.limit,
      totalCount,
      hasNextPage: start + limit < counted,
    };
  }

  #slice(list: readonly Doc[], start: number, end: number, ascending: boolean): readonly Doc[] {
    const size = list.length;
    const from = ascending ? Math.min(start, size) : Math.max(0, size - end);
    const to = ascending ? Math.min(end, size) : Math.max(0, size - start);
    if (from >= to) return [];
    const isTie = (left: number, right: number) => {
      const [one, other] = [list[left], list[right]];
      return (
        one !== undefined &&
        other !== undefined &&
        this.#traits.compareKeys(one.key, other.key) === 0
      );
    };
    let low = from;
    while (low > 0 && isTie(low - 1, low)) low -= 1;
    let high = to;
    while (high < size && isTie(high - 1, high)) high += 1;
    const arranged: Doc[] = [];
    for (let begin = low; begin < high; ) {
      let next = begin + 1;
      while (next < high && isTie(next - 1, next)) next += 1;
      arranged.push(...this.#arrange(list.slice(begin, next), ascending));
      begin = next;
    }
    const cut = arranged.slice(from - low, arranged.length - (high - to));
    return ascending ? cut : cut.reverse();
  }

  // Arranges ties in ascending list order. A descending answer is reversed afterwards.
  #arrange(group: Doc[], ascending: boolean): readonly Doc[] {
    if (group.length === 1) return group;
    const { tieOrder, random } = this.#traits;
    if (tieOrder === 'shuffled') {
      for (let index = group.length - 1; index > 0; index -= 1) {
        const other = random.below(index + 1);
        const [one, two] = [group[index], group[other]];
        if (one !== undefined && two !== undefined) {
          group[index] = two;
          group[other] = one;
        }
      }
      return group;
    }
    if (tieOrder === 'by-hash') group.sort((left, right) => hash(left.id) - hash(right.id));
    return tieOrder === 'by-id-mirrored' || ascending ? group : group.reverse();
  }
}

export const forbidden = (): Error => new ForbiddenError('The key lacks the permission.');

export const unavailable = (): Error =>
  new UpstreamUnavailableError('The platform does not answer.', {
    reason: 'server',
    mayHaveArrived: true,
  });
