import type { StubAnswer } from '../support/stub-upstream.ts';

const unknownRoute = { status: false, error: { code: 1002, message: 'PLANTED' } };

/** What says that the API cannot get a token by its id, though it lists the token. */
export const getOneRefusals = {
  'a 405 of the API': { status: 405, body: unknownRoute },
  'a 405 of a proxy': { status: 405, body: '<h1>PLANTED</h1>', contentType: 'text/html' },
  'a 404 that says that there is no such route': { status: 404, body: unknownRoute },
} as const satisfies Readonly<Record<string, StubAnswer>>;

export type GetOneRefusal = keyof typeof getOneRefusals;

const found =
  'the token, found in its list. For 5 minutes no token of that organization and platform is asked for by its id; after that it is tried again';

/** What becomes of tokens that are asked for by their ids, each on both platforms. */
export const getOneCases = {
  'a 405 of the API': found,
  'a 405 of a proxy': found,
  'a 404 that says that there is no such route': found,
  'such a refusal in one organization': 'tokens of another one are asked for by their ids',
  'such a refusal on one platform': 'tokens of the other one are asked for by their ids',
  'such a refusal, and a list without the token': '`null`: there is no such token',
  'such a refusal, and a list that is longer than MAX_SCAN_ITEMS':
    '`UPSTREAM_UNAVAILABLE`: the token may exist',
  'such a refusal, and a list that fails, too': '`UPSTREAM_UNAVAILABLE`, not `null`',
  'a 403, or a 404 of the token': 'the next token is asked for by its id',
} as const satisfies Readonly<Record<GetOneRefusal, string>> & Readonly<Record<string, string>>;

/** The name of the test of a case. */
export const getOneTest = (name: keyof typeof getOneCases): string =>
  `${name}: ${getOneCases[name]}`;
