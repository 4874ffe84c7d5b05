import type { FaultName } from './faulty-api.ts';

/** What the line of the log says of a failed call. Fields that are left out differ from system to system. */
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

/** The line for each fault that a call can meet. */
export const failureLines: Readonly<Record<FaultName, FailureLine>> = {
  'a reset connection': { ...lost, reason: 'unreachable: ECONNRESET' },
  'a connection closed without an answer': { ...lost, reason: 'unreachable: UND_ERR_SOCKET' },
  'an answer that breaks off': lost,
  'something that is no HTTP': { ...lost, reason: 'unreachable: HTTPParserError' },
  'no answer at all': timeout,
  'an answer that never ends': timeout,
  'an answer that drips': timeout,
  'a 500': { ...server, status: 500, code: 1000 },
  'a 502 of a proxy': { ...server, status: 502, code: null },
  'a 503': { ...server, status: 503, code: 1000 },
  'a 504': { ...server, status: 504, code: 1000 },
  'a 429 that says when to come back': {
    level: 'warn',
    error: 'RATE_LIMITED',
    status: 429,
    code: 0,
  },
  'a 401': { level: 'info', error: 'UNAUTHENTICATED', status: 401, code: 4002 },
  'a 403': { level: 'info', error: 'FORBIDDEN', status: 403, code: 4003 },
  'a plan that does not include it': {
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
  'half a document': noJson,
  'a body of bytes that are no text': noJson,
  'a refusal under 200': { ...server, status: 200, code: 1000 },
  'JSON that is no envelope': { ...otherShape, paths: ['data.items'] },
  null: { ...otherShape, paths: ['data'] },
  'a list that is none': { ...otherShape, paths: ['data.items'] },
  'an answer of 17 MB': { ...broken, reason: 'too large or cut off' },
  'an answer that inflates to 40 MB': undecodable,
  'an encoding that is a lie': undecodable,
};

/** What else the log says of failed calls. */
export const failureLineCases = {
  'a token, asked for by its id, that has none': '`data.id` in `paths`',
  'a call that was not sent, as the quota is used up':
    'one line at info, without a status; `reason` says so',
  'a create that fails': 'one line, as it is sent once',
  'one call that several requests wait for': 'the line for each, under its request id',
  'twelve failed calls of one operation': 'ten lines, and one that says that there are more',
} as const;

/** The name of the test of a case. */
export const failureLineTest = (name: keyof typeof failureLineCases): string =>
  `${name}: ${failureLineCases[name]}`;
