/** What can be wrong with where the log goes. Each is what stdout leads to. */
export const logCases = {
  'a device that is full (`/dev/full`)':
    'requests are answered, lost lines are counted in `gateway_log_failures_total`; exit code 0 at SIGTERM',
  'a disk that fills up, and has space again later':
    'the same; lines are written again as soon as there is space, each on a line of its own',
  'a pipe that nobody reads': 'the same; at most 1 MiB of lines wait for a reader',
  'a pipe whose reader is gone': 'the same',
} as const;

/** The name of the test of a case. */
export const logTest = (name: keyof typeof logCases): string => `${name}: ${logCases[name]}`;
