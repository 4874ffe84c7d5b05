/** What can go wrong around a write, and what its caller is told. */
export const writeCases = {
  'an update of a token whose assignments have no number':
    'they stay assignments, sent with 10000; the legacy policy stays the legacy policy',
  'an update of a token whose legacy policy is also assigned': 'both are sent as they are',
  'an update whose answer is lost at the end of its time':
    'the token, if it shows the change; else UPSTREAM_UNAVAILABLE',
  'an update whose answer is lost, and whose token cannot be read again': 'OUTCOME_UNKNOWN',
  'an update that drops the legacy policy, and loses that answer':
    'the token, if it shows no legacy policy any more; else the reason, at policyAssignments',
  'a revocation whose answer is lost at the end of its time': 'the revoked token',
  'a revocation whose answer is lost after its last call': 'a look-up beyond MAX_UPSTREAM_CALLS',
  'a revocation whose answer is lost, and whose token cannot be read again':
    'OUTCOME_UNKNOWN: it may have been revoked',
  'a bulk create that the API refuses as a whole':
    'each address is FAILED with the reason; the same key tries them again',
  'a bulk create of which one call is lost, and found by reading back':
    'total, success and fail agree with the results',
  'addresses with what pasting left around them': 'they are sent without it, each once',
  'addresses that no mail server could accept': 'FAILED; the others are created',
  'a key that comes again with `bearer` for `Bearer`': 'one caller: the first answer, replayed',
} as const;

export type WriteCase = keyof typeof writeCases;

/** The name of a test of one of them. */
export const writeCase = (name: WriteCase): string => `${name}: ${writeCases[name]}`;
