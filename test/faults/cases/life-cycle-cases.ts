/** Faults of the process itself, and what the process does. */
export const lifeCycle = {
  'neither the API nor Redis is reachable at the start':
    'it starts and is ready; fields that need the API give UPSTREAM_UNAVAILABLE; exit code 0 at SIGTERM',
  'SIGTERM while an operation waits for an API that does not answer':
    'the operation is answered with UPSTREAM_TIMEOUT, then exit code 0',
  'an uncaught exception': 'one log line without credentials, exit code 1',
  'an unhandled rejection': 'one log line without credentials, exit code 1',
  'service mode without a way to identify callers':
    'it does not start: exit code 1, and a message that names what is missing',
  'a missing file of trusted documents':
    'it does not start: exit code 1, and a message that names the file',
} as const;

export type LifeCycleName = keyof typeof lifeCycle;
