/** What happens to many calls of one platform while its API hangs, and what the platform's breaker makes of it. */
export const breakerCases = {
  "24 reads that the operations' own deadline cuts short":
    '`UPSTREAM_TIMEOUT` for each; the breaker stays closed',
  "24 creates that the operations' own deadline cuts short":
    '`OUTCOME_UNKNOWN` for each; the breaker stays closed',
  '24 reads that have all the time of an attempt':
    '`UPSTREAM_TIMEOUT` for each; the breaker opens: the platform is refused without a call, and the other one is shown. 5 s later the first answer closes it',
} as const;

/** The name of the test of a case. */
export const breakerTest = (name: keyof typeof breakerCases): string =>
  `${name}: ${breakerCases[name]}`;
