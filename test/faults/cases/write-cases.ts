/** Faults of writes, and what the caller receives. */
export const writeCases = {
  'an update of a token whose assignments have no number':
    'they stay assignments and are sent with the number 10000; the legacy policy stays the legacy policy',
  'an update of a token whose legacy policy is also assigned': 'both are sent unchanged',
  'an update whose answer is lost at the deadline':
    'the token, if it has the change; otherwise `UPSTREAM_UNAVAILABLE`',
  'an update whose answer is lost, and whose token cannot be read again': '`OUTCOME_UNKNOWN`',
  'an update that removes the legacy policy, and whose answer is lost':
    'the token, if it no longer has a legacy policy; otherwise an error with the path of policyAssignments',
  'a revocation whose answer is lost at the deadline': 'the revoked token',
  'a revocation whose answer is lost when its calls are used up':
    'the lookup is made, although it exceeds MAX_UPSTREAM_CALLS',
  'a revocation whose answer is lost, and whose token cannot be read again':
    '`OUTCOME_UNKNOWN`: the token may be revoked',
  'a bulk create that the API refuses as a whole':
    'each address is `FAILED` with the reason; a repetition with the same key tries them again',
  'a bulk create with one lost call, whose tokens are found by reading back':
    'total, success and fail agree with the results',
  'addresses with surrounding characters from pasting':
    'they are sent without these characters, each once',
  'invalid addresses': '`FAILED`; the others are created',
  'a key that is repeated with `bearer` instead of `Bearer`':
    'they are one caller: the first answer is replayed',
} as const;

export type WriteCase = keyof typeof writeCases;

/** The name of the test of a case. */
export const writeCase = (name: WriteCase): string => `${name}: ${writeCases[name]}`;
