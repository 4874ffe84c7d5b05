/** Misuse and failures of client connections, and what the gateway does. */
export const connectionCases = {
  '20,000 requests written at once to one connection':
    'each is answered, in the order of arrival; the others stay unread in the meantime',
  '1,200 unfinished bodies of 256 kB':
    'the gateway holds 64 MB of them and answers the others with `503 RATE_LIMITED` and `Retry-After`',
  'bodies that arrive one byte at a time': 'they use no more memory than their bytes',
  '2,100 requests in progress':
    'the gateway holds 2,000 and answers the others with `503 RATE_LIMITED` and `Retry-After`; probes are answered',
  'more than 4,000 pipelined requests that wait for their turn':
    'the gateway closes the connection that sends them, and no other',
  'an upload that its client aborts': 'no operation runs, and no failure is logged',
  'bytes that are not HTTP after a request in progress':
    'the request is answered; then comes `400 BAD_REQUEST`, and the connection is closed',
  'a body that does not arrive in 30 s': '`408 BAD_REQUEST`, and the connection is closed',
  'headers that do not arrive in 10 s': '`408 BAD_REQUEST`, and the connection is closed',
  'a kept-alive connection that is idle for a minute': 'the next request is answered on it',
  'a client that does not read its answer for a minute': 'the connection is closed',
  'an unexpected exception': '`500 INTERNAL_SERVER_ERROR`, and one log line with the request id',
} as const;

/** The name of the test of a case. */
export const connectionTest = (name: keyof typeof connectionCases): string =>
  `${name}: ${connectionCases[name]}`;
