/** What clients can do with their connections, and what the gateway does then. */
export const connectionCases = {
  '20,000 requests written at once to one connection':
    'each is answered, in its order, and waits unread until then',
  '1,200 unfinished bodies of 256 kB':
    '64 MB of them are held; the others give `503 RATE_LIMITED` with `Retry-After`',
  'bodies that arrive one byte at a time': 'they take the memory of their bytes',
  '2,100 requests that have begun':
    '2,000 are held; the others give `503 RATE_LIMITED` with `Retry-After`; probes are answered',
  'more than 4,000 requests that wait behind others of their connections':
    'the connection that sends them is cut off, and no other',
  'an upload that its client cuts off': 'nothing runs, and no failure is logged',
  'bytes that are no HTTP behind a request in progress':
    'that request is answered, then `400 BAD_REQUEST`, and the connection ends',
  'a body that does not arrive in 30 s': '`408 BAD_REQUEST`, and the connection ends',
  'headers that do not arrive in 10 s': '`408 BAD_REQUEST`, and the connection ends',
  'a kept-alive connection that is idle for a minute': 'the next request is answered on it',
  'a client that reads nothing of its answer for a minute': 'the connection is closed',
  'an exception where none is expected':
    '`500 INTERNAL_SERVER_ERROR`, and one line of the log under the request id',
} as const;

/** The name of the test of a case. */
export const connectionTest = (name: keyof typeof connectionCases): string =>
  `${name}: ${connectionCases[name]}`;
