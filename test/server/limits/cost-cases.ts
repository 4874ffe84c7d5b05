/** Rows of the catalogue about ids, calls and unknown callers, with their outcomes. */
export const idFaults = {
  '30 aliases of `_entities` with 8,000 representations each': '`COST_LIMIT_EXCEEDED`',
  '1,001 ids over `nodes` and `_entities`': '`COST_LIMIT_EXCEEDED`',
  '900 malformed ids': '`BAD_USER_INPUT` with ten faults, without an echo',
  'ids of 150 organizations, or e-mail addresses in 100 slugs': '`COST_LIMIT_EXCEEDED`',
} as const;

export const callFaults = {
  'tokens with forty policies each': '`COST_LIMIT_EXCEEDED` for the policies beyond the limit',
  'an API that reduces the page size':
    '`COST_LIMIT_EXCEEDED` with a short page; paging continues from its cursor',
  'an API without a route to get one token': 'one search for all tokens of the operation',
  'tokens by id of a list that the estimate does not expect':
    '`COST_LIMIT_EXCEEDED` for the tokens beyond the limit',
  '30 revocations of unknown tokens': '`NOT_FOUND`, by one search for all',
  'one response name for fields of two types':
    'each is priced, and `COST_LIMIT_EXCEEDED` before any call',
  'repeated calls': 'each attempt counts',
  'a create whose answer is lost at the limit': 'it is looked up, with at most ten more calls',
  'a bulk create': 'the chunks that were sent count; the same key continues with the others',
  'the first 401': '`UNAUTHENTICATED`, and no further call',
  'a cursor whose offset hint is beyond the end of any list': '`BAD_CURSOR`',
} as const;

export const strangerFaults = {
  'sends many operations': '`UNAUTHENTICATED`; the quota is unchanged, on all replicas',
  'comes again within five seconds': '`UNAUTHENTICATED` without a call',
  'gets a 429': '`RATE_LIMITED` for that caller only',
  'names 210 organizations': 'no label of its own in the metrics',
} as const;

const nameOf =
  <Faults extends Readonly<Record<string, string>>>(faults: Faults) =>
  (what: keyof Faults & string): string =>
    `${what}: ${faults[what]}`;

/** The titles of the tests: one for each row. */
export const idTest = nameOf(idFaults);
export const callTest = nameOf(callFaults);
export const strangerTest = nameOf(strangerFaults);
