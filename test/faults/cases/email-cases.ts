const found = 'the user, in three calls';

/** Answers of the API to a search for an e-mail address, and the expected result. */
export const emailCases = {
  'the address on the last page of partial matches': found,
  'the same, if a page has only the number of matches': found,
  'the same, if a page has no information about other pages': found,
  'partial matches only': '`null`, after the last page',
  'a second user with the address, on a later page': '`BAD_USER_INPUT`: the caller must use the id',
  'more partial matches than fit ten full pages':
    '`UPSTREAM_UNAVAILABLE` after ten calls, not `null`',
  'more pages than MAX_UPSTREAM_CALLS allows': '`COST_LIMIT_EXCEEDED`, not `null`',
  'a page that fails after others succeeded': '`UPSTREAM_UNAVAILABLE`, not `null`',
  'a number of matches that decreases from page to page':
    '`UPSTREAM_UNAVAILABLE`, not `null`: the user may have moved to a page that was already read',
} as const;

/** The name of the test of a case. */
export const emailTest = (name: keyof typeof emailCases): string => `${name}: ${emailCases[name]}`;
