import type { FaultKind } from '../faults.ts';

/** How a kind of fault is written: the word, and after `=` a whole number if there is a range for it. */
export interface FaultWord {
  readonly meaning: string;
  readonly number?: { readonly name: string; readonly minimum: number; readonly maximum: number };
  readonly toKind: (number: number) => FaultKind;
}

const hourMs = 3_600_000;

/** Every kind of fault that can be written as text. The compiler asks for new ones; a function has no text. */
const faultWords: Readonly<Record<Exclude<FaultKind['kind'], 'rewrite'>, FaultWord>> = {
  delay: {
    meaning: 'The request waits for this time before it is handled.',
    number: { name: 'ms', minimum: 0, maximum: hourMs },
    toKind: (ms) => ({ kind: 'delay', ms }),
  },
  silence: {
    meaning: 'No answer comes, and the request has no effect.',
    toKind: () => ({ kind: 'silence' }),
  },
  status: {
    meaning: 'This HTTP status with an error of the API. The request has no effect.',
    number: { name: '400-599', minimum: 400, maximum: 599 },
    toKind: (status) => ({ kind: 'status', status }),
  },
  plan: {
    meaning: 'The plan of the organization does not allow it (400, code 5050).',
    toKind: () => ({ kind: 'plan' }),
  },
  forbidden: {
    meaning: 'The key lacks the permission (403, code 4003).',
    toKind: () => ({ kind: 'forbidden' }),
  },
  creation: {
    meaning: "The platform's error for a token that cannot be created.",
    toKind: () => ({ kind: 'creation' }),
  },
  'reset-before': {
    meaning: 'The connection is reset, and the request has no effect.',
    toKind: () => ({ kind: 'reset-before' }),
  },
  'reset-after': {
    meaning: 'The request has its effect, then the connection is reset before the answer.',
    toKind: () => ({ kind: 'reset-after' }),
  },
  'silence-after': {
    meaning: 'The request has its effect, then no answer comes.',
    toKind: () => ({ kind: 'silence-after' }),
  },
  'fail-after': {
    meaning: 'The request has its effect, then the answer is 500, code 1000.',
    toKind: () => ({ kind: 'fail-after' }),
  },
  truncate: {
    meaning: 'The request has its effect, and the connection is closed after half of the answer.',
    toKind: () => ({ kind: 'truncate' }),
  },
  html: {
    meaning: 'The answer is an HTML page, as a proxy sends it.',
    toKind: () => ({ kind: 'html' }),
  },
  'status-false': {
    meaning: 'The request has its effect, then the answer is an error with status 200.',
    toKind: () => ({ kind: 'status-false' }),
  },
  oversize: {
    meaning: 'The answer is padded with spaces to this size.',
    number: { name: 'bytes', minimum: 0, maximum: 2 ** 28 },
    toKind: (bytes) => ({ kind: 'oversize', bytes }),
  },
  drip: {
    meaning: 'The answer is sent byte by byte, with this time between two bytes.',
    number: { name: 'ms', minimum: 0, maximum: hourMs },
    toKind: (ms) => ({ kind: 'drip', ms }),
  },
  'clamp-limit': {
    meaning: 'Lists apply at most this limit.',
    number: { name: 'items', minimum: 1, maximum: 1_000_000 },
    toKind: (limit) => ({ kind: 'clamp-limit', limit }),
  },
  'shuffle-ties': {
    meaning: 'Lists shuffle items with equal sort keys at every call.',
    toKind: () => ({ kind: 'shuffle-ties' }),
  },
  'wrong-total': {
    meaning: 'Lists answer this wrong count.',
    number: { name: 'items', minimum: 0, maximum: 1_000_000_000 },
    toKind: (totalDocs) => ({ kind: 'wrong-total', totalDocs }),
  },
};

/** The same list by the names of the faults. */
export const wordsByName: ReadonlyMap<string, FaultWord> = new Map(Object.entries(faultWords));

/** The kinds of faults as they are written, e.g. `delay=<ms>`, each with one sentence. */
export const listFaultWords = (): readonly { readonly form: string; readonly meaning: string }[] =>
  Array.from(wordsByName, ([name, { number, meaning }]) => ({
    form: number === undefined ? name : `${name}=<${number.name}>`,
    meaning,
  }));
