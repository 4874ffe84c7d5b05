import { type FaultName, faults } from './faulty-api.ts';

/** What the gateway makes of one way in which the API fails. */
export interface Expected {
  /** The code of a list that no platform answers. */
  readonly code: string;
  /** Requests that one platform's list costs then: the first and its retries. */
  readonly attempts: number;
  /** How the platform is shown where only it is struck; null: it takes the whole operation with it. */
  readonly source: string | null;
  /** The code of a create that meets it. */
  readonly create: string;
  /** What a create sends: never a second POST. */
  readonly sends: string;
}

const lost = { create: 'OUTCOME_UNKNOWN', sends: 'POST GET' } as const;
const unavailable = 'UNAVAILABLE UPSTREAM_UNAVAILABLE';
const retried = {
  code: 'UPSTREAM_UNAVAILABLE',
  attempts: 3,
  source: unavailable,
  ...lost,
} as const;
export const late = {
  code: 'UPSTREAM_TIMEOUT',
  attempts: 1,
  source: unavailable,
  ...lost,
} as const;
const broken = {
  code: 'UPSTREAM_INVALID_RESPONSE',
  attempts: 1,
  source: unavailable,
  ...lost,
} as const;

export const upstreamFaults: Readonly<Record<FaultName, Expected>> = {
  'a reset connection': retried,
  'a connection closed without an answer': retried,
  'an answer that breaks off': retried,
  'something that is no HTTP': retried,
  'no answer at all': late,
  'an answer that never ends': late,
  'an answer that drips': late,
  'a 500': retried,
  'a 502 of a proxy': retried,
  'a 503': retried,
  'a 504': retried,
  'a 429 that says when to come back': {
    code: 'RATE_LIMITED',
    attempts: 1,
    source: 'UNAVAILABLE RATE_LIMITED',
    create: 'RATE_LIMITED',
    sends: 'POST',
  },
  'a 401': {
    code: 'UNAUTHENTICATED',
    attempts: 1,
    source: null,
    create: 'UNAUTHENTICATED',
    sends: 'POST',
  },
  'a 403': {
    code: 'FORBIDDEN',
    attempts: 1,
    source: 'FORBIDDEN PERMISSION_DENIED',
    create: 'PERMISSION_DENIED',
    sends: 'POST',
  },
  'a plan that does not include it': {
    code: 'FORBIDDEN',
    attempts: 1,
    source: 'FORBIDDEN FEATURE_NOT_IN_PLAN',
    create: 'FEATURE_NOT_IN_PLAN',
    sends: 'POST',
  },
  'a 404': {
    code: 'NOT_FOUND',
    attempts: 1,
    source: 'FORBIDDEN NOT_FOUND',
    create: 'NOT_FOUND',
    sends: 'POST GET GET',
  },
  'a 400': {
    code: 'BAD_USER_INPUT',
    attempts: 1,
    source: 'UNAVAILABLE INVALID_INPUT',
    create: 'INVALID_INPUT',
    sends: 'POST GET',
  },
  'a 418': {
    code: 'BAD_USER_INPUT',
    attempts: 1,
    source: 'UNAVAILABLE INVALID_INPUT',
    create: 'INVALID_INPUT',
    sends: 'POST GET',
  },
  'a redirect': broken,
  'a page of HTML': broken,
  'an empty body': broken,
  'half a document': broken,
  'a body of bytes that are no text': broken,
  'a refusal under 200': { ...retried, attempts: 1 },
  'JSON that is no envelope': broken,
  null: broken,
  'a list that is none': broken,
  'an answer of 17 MB': broken,
  'an answer that inflates to 40 MB': broken,
  'an encoding that is a lie': broken,
};

const isFault = (name: string): name is FaultName => name in faults;

export const upstreamCases = Object.keys(faults)
  .filter(isFault)
  .map((name) => ({ name, ...upstreamFaults[name] }));
