const found = 'the user, in three calls';

/** What the API can answer to a search for an e-mail address, and who is found. */
export const emailCases = {
  'the address on the last page of partial matches': found,
  'the same, where a page tells the number of matches only': found,
  'the same, where a page tells nothing of the others': found,
  'partial matches only': '`null`, once the last page was read',
  'a second user with the address, on a later page': '`BAD_USER_INPUT`: ask for the user by id',
  'more partial matches than ten full pages hold':
    '`UPSTREAM_UNAVAILABLE` after ten calls, not `null`',
  'more pages than MAX_UPSTREAM_CALLS allows': '`COST_LIMIT_EXCEEDED`, not `null`',
  'a page that fails, after others': '`UPSTREAM_UNAVAILABLE`, not `null`',
  'fewer matches on a later page than before':
    '`UPSTREAM_UNAVAILABLE`, not `null`: a user may have moved to a page that was read before',
} as const;

/** The name of the test of a case. */
export const emailTest = (name: keyof typeof emailCases): string => `${name}: ${emailCases[name]}`;
