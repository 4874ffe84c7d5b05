/** Many calls to one platform while its API hangs, and the expected state of that platform's breaker. */
export const breakerCases = {
  '24 reads that end at the deadline of their operations':
    '`UPSTREAM_TIMEOUT` for each; the breaker stays closed',
  '24 creates that end at the deadline of their operations':
    '`OUTCOME_UNKNOWN` for each; the breaker stays closed',
  '24 reads whose attempts reach their own timeout':
    '`UPSTREAM_TIMEOUT` for each; the breaker opens: further operations get no data of this platform and make no call to it; the other platform is shown. After 5 s the first answer closes the breaker',
} as const;

/** The name of the test of a case. */
export const breakerTest = (name: keyof typeof breakerCases): string =>
  `${name}: ${breakerCases[name]}`;
