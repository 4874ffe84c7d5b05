import type { StubAnswer } from '../../support/upstream/stub-upstream.ts';

const unknownRoute = { status: false, error: { code: 1002, message: 'PLANTED' } };

/** Answers by which the API shows that it cannot get a token by id, although it lists the token. */
export const getOneRefusals = {
  'a 405 of the API': { status: 405, body: unknownRoute },
  'a 405 of a proxy': { status: 405, body: '<h1>PLANTED</h1>', contentType: 'text/html' },
  'a 404 for an unknown route': { status: 404, body: unknownRoute },
} as const satisfies Readonly<Record<string, StubAnswer>>;

export type GetOneRefusal = keyof typeof getOneRefusals;

const found =
  'the token, found in its list. For 5 minutes the gateway requests no token of this organization and platform by id; then it tries again';

/** The results of requests for tokens by id, each on both platforms. */
export const getOneCases = {
  'a 405 of the API': found,
  'a 405 of a proxy': found,
  'a 404 for an unknown route': found,
  'one of these refusals, in one organization':
    'tokens of another organization are still requested by id',
  'one of these refusals, on one platform':
    'tokens of the other platform are still requested by id',
  'one of these refusals, and a list without the token': '`null`: there is no such token',
  'one of these refusals, and a list longer than MAX_SCAN_ITEMS':
    '`UPSTREAM_UNAVAILABLE`: the token may exist',
  'one of these refusals, and a list that fails': '`UPSTREAM_UNAVAILABLE`, not `null`',
  'a 403, or a 404 for the token': 'the next token is still requested by id',
} as const satisfies Readonly<Record<GetOneRefusal, string>> & Readonly<Record<string, string>>;

/** The name of the test of a case. */
export const getOneTest = (name: keyof typeof getOneCases): string =>
  `${name}: ${getOneCases[name]}`;
