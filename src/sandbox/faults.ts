import type { JsonObject } from './json.ts';
import { matchesPattern } from './router.ts';

/** The requests that a fault applies to. Every condition that is given must hold. */
export interface FaultMatch {
  readonly method?: string;
  /** A part of the path with its query, or a pattern for it, as it arrived. */
  readonly path?: string | RegExp;
  readonly platform?: string;
  /** An operation's name; `*` stands for any run of characters. */
  readonly operation?: string;
}

/** What goes wrong. A fault that answers instead of the API has no effect on the stored data. */
export type FaultKind =
  /** The request waits before it is handled. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** No answer, and no effect; the connection stays open. */
  | { readonly kind: 'silence' }
  /** An error status with an error envelope of the API, or with HTML as a proxy sends it. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly html?: boolean;
      readonly code?: number;
      readonly message?: string;
    }
  /** 400/5050. */
  | { readonly kind: 'plan' }
  /** 403/4003. */
  | { readonly kind: 'forbidden' }
  /** The error of the platform if a token cannot be created. */
  | { readonly kind: 'creation' }
  /** The connection is reset, and the request has no effect. */
  | { readonly kind: 'reset-before' }
  /** The request is handled, then the connection is reset before the answer. */
  | { readonly kind: 'reset-after' }
  /** The request is handled, then no answer comes. */
  | { readonly kind: 'silence-after' }
  /** The request is handled, then 500/1000 is answered. */
  | { readonly kind: 'fail-after' }
  /** Half of the answer is sent, then the connection is closed. */
  | { readonly kind: 'truncate' }
  /** HTML with the status of the answer. */
  | { readonly kind: 'html' }
  /** The request is handled, then an error envelope is answered with status 200. */
  | { readonly kind: 'status-false' }
  /** The answer is padded with spaces to this size in bytes. */
  | { readonly kind: 'oversize'; readonly bytes: number }
  /** The answer is sent one byte at a time, with this many milliseconds between two bytes. */
  | { readonly kind: 'drip'; readonly ms: number }
  /** Lists apply at most this limit, and answer the limit that they applied. */
  | { readonly kind: 'clamp-limit'; readonly limit: number }
  /** Lists shuffle items with equal sort keys at every call. */
  | { readonly kind: 'shuffle-ties' }
  /** Lists answer this wrong count. */
  | { readonly kind: 'wrong-total'; readonly totalDocs: number }
  /** Any other answer, made from the correct one. */
  | { readonly kind: 'rewrite'; readonly rewrite: (answer: JsonObject) => unknown };

/** A fault, the requests that it applies to (default: all), and how often (default: always). */
export type Fault = FaultKind & { readonly match?: FaultMatch; readonly times?: number };

/** A fault that has been added. */
export interface ActiveFault {
  /** The number of requests that it was applied to. */
  readonly hits: () => number;
  readonly remove: () => void;
}

/** The parts of a request that a fault can match. */
export interface FaultTarget {
  readonly method: string;
  readonly url: string;
  readonly platform: string | null;
  readonly operation: string | null;
}

export interface Faults {
  /** The text describes the fault to people. Default: its kind. */
  readonly add: (fault: Fault, text?: string) => ActiveFault;
  /** The faults that still apply, in the order in which they were added, with the number of requests of each. */
  readonly all: () => readonly { readonly text: string; readonly hits: number }[];
  readonly clear: () => void;
  /** The faults that apply to this request, in the order in which they were added. Counts each. */
  readonly strike: (target: FaultTarget) => readonly FaultKind[];
}

const matches = ({ method, path, platform, operation }: FaultMatch, target: FaultTarget) =>
  (method === undefined || method === target.method) &&
  (path === undefined ||
    (typeof path === 'string' ? target.url.includes(path) : target.url.search(path) >= 0)) &&
  (platform === undefined || platform === target.platform) &&
  (operation === undefined ||
    (target.operation !== null && matchesPattern(operation, target.operation)));

/** Creates an empty set of faults. */
export const createFaults = (): Faults => {
  const active = new Map<Fault, { readonly text: string; hits: number }>();
  return {
    add: (fault, text = fault.kind) => {
      const added = { ...fault };
      const count = { text, hits: 0 };
      active.set(added, count);
      return {
        hits: () => count.hits,
        remove: () => {
          active.delete(added);
        },
      };
    },
    all: () => Array.from(active.values(), (count) => ({ ...count })),
    clear: () => active.clear(),
    strike: (target) => {
      const struck: FaultKind[] = [];
      for (const [fault, count] of active) {
        if (!matches(fault.match ?? {}, target)) continue;
        count.hits += 1;
        if (fault.times !== undefined && count.hits >= fault.times) active.delete(fault);
        struck.push(fault);
      }
      return struck;
    },
  };
};
