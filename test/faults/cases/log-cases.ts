/** Faults of the log's destination. The name says where stdout leads. */
export const logCases = {
  'a full device (`/dev/full`)':
    'requests are answered, and lost lines are counted in `gateway_log_failures_total`; exit code 0 at SIGTERM',
  'a disk that fills up and has space again later':
    'the same; as soon as there is space, lines are written again, and none is joined to a truncated one',
  'a pipe that nobody reads': 'the same; at most 1 MiB of lines wait for a reader',
  'a pipe whose reader is closed': 'the same',
} as const;

/** The name of the test of a case. */
export const logTest = (name: keyof typeof logCases): string => `${name}: ${logCases[name]}`;
