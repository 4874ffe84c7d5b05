import { type FaultName, faults } from '../faulty-api.ts';

/** The expected behaviour of the gateway for one fault of the API. */
export interface Expected {
  /** The code of a list for which both platforms fail. */
  readonly code: string;
  /** The number of requests for one platform's list: the first and its retries. */
  readonly attempts: number;
  /** Status and code of the platform in `sources` if only it fails; null: the whole operation fails. */
  readonly source: string | null;
  /** The code of a create. */
  readonly create: string;
  /** The methods of the requests of a create. There is never a second POST. */
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
  'a truncated answer': retried,
  'bytes that are no HTTP answer': retried,
  'no answer at all': late,
  'an answer that never ends': late,
  'an answer that arrives byte by byte': late,
  'a 500': retried,
  'a 502 of a proxy': retried,
  'a 503': retried,
  'a 504': retried,
  'a 429 with Retry-After': {
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
  'a plan that does not include the feature': {
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
  'half of a JSON document': broken,
  'a body that is not UTF-8 text': broken,
  'an error envelope with status 200': { ...retried, attempts: 1 },
  'JSON that is not an envelope': broken,
  null: broken,
  'an envelope whose list is not a list': broken,
  'an answer of 17 MB': broken,
  'an answer that inflates to 40 MB': broken,
  'a wrong Content-Encoding': broken,
};

const isFault = (name: string): name is FaultName => name in faults;

export const upstreamCases = Object.keys(faults)
  .filter(isFault)
  .map((name) => ({ name, ...upstreamFaults[name] }));
