import { type Document, type Json, type JsonObject, valueAt } from '../json.ts';
import type { Random } from './random.ts';

/** A filter and an order over the documents of a list. */
export interface Selection {
  /** The name of the filter. Two selections with the same name select the same documents. */
  readonly name: string;
  readonly matches: (document: Document) => boolean;
  readonly field: string;
  readonly descending: boolean;
}

/** A range of a selection, and the number of documents in the whole selection. */
export interface Slice {
  readonly documents: readonly Document[];
  readonly total: number;
}

type ChangeListener = (before: Document | undefined, after: Document) => void;

/** Stored documents in insertion order. The next read sees every change. */
export interface Collection {
  readonly size: () => number;
  readonly all: () => readonly Document[];
  readonly get: (id: string) => Document | undefined;
  /** Appends a document, or replaces the document with the same id in its place. */
  readonly add: (document: Document) => Document;
  /** Changes fields of a document. An undefined field is removed. Throws if no document has this id. */
  readonly patch: (id: string, fields: JsonObject) => Document;
  /** Returns whether the document existed. */
  readonly remove: (id: string) => boolean;
  /** Replaces all documents with these, in this order. */
  readonly replaceAll: (documents: readonly Document[]) => void;
  /** Calls a function for each document that is added, replaced or patched. `before` is undefined for a new one. */
  readonly onChange: (listener: ChangeListener) => void;
  /** Increases with every change. */
  readonly version: () => number;
  /**
   * The documents from `start` to before `end` of a selection. Documents with equal keys come in insertion order. With a
   * random source they come in another order at every call.
   */
  readonly slice: (selection: Selection, start: number, end: number, shuffle?: Random) => Slice;
}

type SortKey = null | boolean | number | string;

interface Row {
  readonly key: SortKey;
  readonly sequence: number;
  readonly document: Document;
}

interface View {
  readonly selection: Selection;
  readonly rows: Row[];
  readonly compare: (left: Row, right: Row) => number;
}

const datePattern = /^\d{4}-\d\d-\d\dT/;
/** The number of cached orders of one collection. The least recently used one is dropped first. */
const maxViews = 48;

/** The vendor's database stores dates, so texts that are dates sort by their time, whatever their format. */
const toSortKey = (value: Json | undefined): SortKey => {
  if (value === undefined || value === null) return null;
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value !== 'string' || !datePattern.test(value)) return value;
  const time = Date.parse(value.replace(/\s/g, ''));
  return Number.isNaN(time) ? value : new Date(time).toISOString();
};

const rank = (key: SortKey) =>
  key === null ? 0 : typeof key === 'number' ? 1 : typeof key === 'string' ? 2 : 3;

const compareTexts = (left: string, right: string): number =>
  left < right ? -1 : left > right ? 1 : 0;

/** Creates a collection. `collate` orders texts. Default: by code unit. */
export const createCollection = (collate = compareTexts): Collection => {
  const rowsById = new Map<string, { sequence: number; document: Document }>();
  const views = new Map<string, View>();
  const listeners: ChangeListener[] = [];
  let nextSequence = 0;
  let version = 0;

  const compareKeys = (left: SortKey, right: SortKey): number => {
    if (typeof left === 'string' && typeof right === 'string') return collate(left, right);
    if (rank(left) !== rank(right)) return rank(left) - rank(right);
    return Number(left) - Number(right);
  };

  const toRow = (view: View, sequence: number, document: Document): Row => ({
    key: toSortKey(valueAt(document, view.selection.field)),
    sequence,
    document,
  });

  const position = (view: View, row: Row): number => {
    let low = 0;
    let high = view.rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = view.rows[middle];
      if (other !== undefined && view.compare(other, row) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  /** A change is inserted into the cached orders by bisection. Sorting again would make large lists slow. */
  const change = (sequence: number, before: Document | undefined, after: Document | undefined) => {
    version += 1;
    for (const view of views.values()) {
      if (before !== undefined && view.selection.matches(before)) {
        view.rows.splice(position(view, toRow(view, sequence, before)), 1);
      }
      if (after !== undefined && view.selection.matches(after)) {
        const row = toRow(view, sequence, after);
        view.rows.splice(position(view, row), 0, row);
      }
    }
  };

  const add = (document: Document) => {
    const known = rowsById.get(document.id);
    const sequence = known?.sequence ?? nextSequence++;
    rowsById.set(document.id, { sequence, document });
    change(sequence, known?.document, document);
    for (const listener of listeners) listener(known?.document, document);
    return document;
  };

  const openView = (selection: Selection): View => {
    const name = `${selection.name} ${selection.field} ${selection.descending}`;
    const known = views.get(name);
    if (known !== undefined) {
      views.delete(name);
      views.set(name, known);
      return known;
    }
    const direction = selection.descending ? -1 : 1;
    const view: View = {
      selection,
      rows: [],
      compare: (left, right) =>
        direction * compareKeys(left.key, right.key) || left.sequence - right.sequence,
    };
    for (const { sequence, document } of rowsById.values()) {
      if (selection.matches(document)) view.rows.push(toRow(view, sequence, document));
    }
    view.rows.sort(view.compare);
    views.set(name, view);
    for (const oldest of views.keys()) {
      if (views.size <= maxViews) break;
      views.delete(oldest);
    }
    return view;
  };

  /** Shuffles whole groups of equal keys, also if a group crosses an end of the range. */
  const shuffled = (rows: readonly Row[], start: number, end: number, random: Random): Row[] => {
    const tied = (index: number) =>
      compareKeys(rows[index - 1]?.key ?? null, rows[index]?.key ?? null) === 0;
    let first = Math.min(start, rows.length);
    while (first > 0 && first < rows.length && tied(first)) first -= 1;
    let last = Math.min(end, rows.length);
    while (last > 0 && last < rows.length && tied(last)) last += 1;
    const groups: Row[][] = [];
    for (let index = first; index < last; index += 1) {
      const group = index > first && tied(index) ? groups.at(-1) : undefined;
      const members = rows.slice(index, index + 1);
      if (group === undefined) groups.push(members);
      else group.push(...members);
    }
    return groups
      .flatMap((group) => random.sample(group, group.length))
      .slice(start - first, end - first);
  };

  return {
    size: () => rowsById.size,
    all: () => Array.from(rowsById.values(), ({ document }) => document),
    get: (id) => rowsById.get(id.toLowerCase())?.document,
    add,
    patch: (id, fields) => {
      const known = rowsById.get(id)?.document;
      if (known === undefined) throw new RangeError(`No document has the id ${id}.`);
      return add({ ...known, ...fields, id });
    },
    remove: (id) => {
      const known = rowsById.get(id);
      if (known === undefined) return false;
      rowsById.delete(id);
      change(known.sequence, known.document, undefined);
      return true;
    },
    replaceAll: (documents) => {
      rowsById.clear();
      views.clear();
      version += 1;
      for (const document of documents) add(document);
    },
    onChange: (listener) => {
      listeners.push(listener);
    },
    version: () => version,
    slice: (selection, start, end, shuffle) => {
      const { rows } = openView(selection);
      const run =
        shuffle === undefined ? rows.slice(start, end) : shuffled(rows, start, end, shuffle);
      return { documents: run.map(({ document }) => document), total: rows.length };
    },
  };
};
