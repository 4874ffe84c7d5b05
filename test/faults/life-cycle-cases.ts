/** What can go wrong with the process itself, and what it does then. */
export const lifeCycle = {
  'neither the API nor Redis can be reached at the start':
    'it starts, is ready, and says UPSTREAM_UNAVAILABLE of what needs the API; exit code 0 at SIGTERM',
  'SIGTERM while an operation waits for an API that does not answer':
    'the operation is answered, UPSTREAM_TIMEOUT, then exit code 0',
  'an exception that nobody handles': 'one line of the log without credentials, exit code 1',
  'a rejection that nobody handles': 'one line of the log without credentials, exit code 1',
  'service mode without a way to know its callers':
    'it does not start: exit code 1, and a message that names what is missing',
  'a file of trusted documents that is not there':
    'it does not start: exit code 1, and a message that names the file',
} as const;

export type LifeCycleName = keyof typeof lifeCycle;
