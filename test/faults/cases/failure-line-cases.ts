import type { FaultName } from '../faulty-api.ts';

/** The expected log line of a failed call. A field is omitted if its value depends on the operating system. */
export interface FailureLine {
  readonly level: 'info' | 'warn';
  readonly error: string;
  readonly status: number | null;
  readonly code: number | null;
  readonly reason?: string;
  readonly paths?: readonly string[];
}

const answered = { level: 'warn', status: 200, code: null } as const;
const broken = { ...answered, error: 'CONTRACT_BROKEN' } as const;
const undecodable = { ...broken, reason: 'not decodable within the size bound' } as const;
const noJson = { ...broken, reason: 'no JSON' } as const;
const otherShape = {
  ...broken,
  reason: 'not of the shape that is documented',
} as const;
const server = { level: 'warn', error: 'UPSTREAM_UNAVAILABLE', reason: 'server' } as const;
const lost = { level: 'warn', error: 'UPSTREAM_UNAVAILABLE', status: null, code: null } as const;
const timeout = { ...lost, reason: 'timeout' } as const;

/** The log line for each fault. */
export const failureLines: Readonly<Record<FaultName, FailureLine>> = {
  'a reset connection': { ...lost, reason: 'unreachable: ECONNRESET' },
  'a connection closed without an answer': { ...lost, reason: 'unreachable: UND_ERR_SOCKET' },
  'a truncated answer': lost,
  'bytes that are no HTTP answer': { ...lost, reason: 'unreachable: HTTPParserError' },
  'no answer at all': timeout,
  'an answer that never ends': timeout,
  'an answer that arrives byte by byte': timeout,
  'a 500': { ...server, status: 500, code: 1000 },
  'a 502 of a proxy': { ...server, status: 502, code: null },
  'a 503': { ...server, status: 503, code: 1000 },
  'a 504': { ...server, status: 504, code: 1000 },
  'a 429 with Retry-After': {
    level: 'warn',
    error: 'RATE_LIMITED',
    status: 429,
    code: 0,
  },
  'a 401': { level: 'info', error: 'UNAUTHENTICATED', status: 401, code: 4002 },
  'a 403': { level: 'info', error: 'FORBIDDEN', status: 403, code: 4003 },
  'a plan that does not include the feature': {
    level: 'info',
    error: 'PLAN_LIMIT',
    status: 400,
    code: 5050,
  },
  'a 404': { level: 'info', error: 'NOT_FOUND', status: 404, code: 3001 },
  'a 400': { level: 'info', error: 'INPUT_REJECTED', status: 400, code: 3000 },
  'a 418': { level: 'info', error: 'INPUT_REJECTED', status: 418, code: 9999 },
  'a redirect': { ...broken, status: 302 },
  'a page of HTML': noJson,
  'an empty body': { ...otherShape, paths: ['data'] },
  'half of a JSON document': noJson,
  'a body that is not UTF-8 text': noJson,
  'an error envelope with status 200': { ...server, status: 200, code: 1000 },
  'JSON that is not an envelope': { ...otherShape, paths: ['data.items'] },
  null: { ...otherShape, paths: ['data'] },
  'an envelope whose list is not a list': { ...otherShape, paths: ['data.items'] },
  'an answer of 17 MB': { ...broken, reason: 'too large or cut off' },
  'an answer that inflates to 40 MB': undecodable,
  'a wrong Content-Encoding': undecodable,
};

/** Further cases of failed calls in the log. */
export const failureLineCases = {
  'a token, requested by id, whose answer has no id': '`data.id` in `paths`',
  'a call that is not sent because the quota is used up':
    'one line at level info, without a status; `reason` names the quota',
  'a create that fails': 'one line, because a create is sent once',
  'one call that several requests wait for': 'one line for each request, with its request id',
  'twelve failed calls of one operation': 'ten lines, and one line that says that there are more',
} as const;

/** The name of the test of a case. */
export const failureLineTest = (name: keyof typeof failureLineCases): string =>
  `${name}: ${failureLineCases[name]}`;
