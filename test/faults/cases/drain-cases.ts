import { drainTimes } from '../../../src/server/life-cycle/drain.ts';

const accept = `${drainTimes.acceptMs / 1000} s`;
const longest = `${drainTimes.maxMs / 1000} s`;

/** Events during the shutdown of a process, and what the process does. */
export const drainCases = {
  'a rolling restart under steady traffic over kept-alive connections':
    'after SIGTERM each answer has `Connection: close`; no request fails, not even a create; the old process ends within seconds',
  'SIGTERM, and an operation that takes longer than the port stays open': `new connections are accepted for ${accept}, then refused; the operation is answered, then exit code 0`,
  'SIGINT, or SIGTERM, while an operation runs':
    'the operation is answered, and so are requests that arrive in the meantime; then exit code 0 without further delay',
  'an operation that does not end': `exit code 0 after ${longest}`,
  'more signals after the first':
    'they have no effect; a create in progress is answered, then exit code 0',
  'SIGTERM while the process starts': 'exit code 0; it does not become ready',
  'SIGTERM while the process waits for Redis at the start': 'exit code 0; it does not become ready',
  'pipelined requests that wait for their turn at SIGTERM':
    'each is answered, and the last answer has `Connection: close`',
  'a client that pipelines requests and disconnects': 'the process does not wait for it',
  'a request whose connection is closed': 'the process does not wait for it',
  'an operation in which a plugin throws': 'the process does not wait for it',
} as const;

export type DrainName = keyof typeof drainCases;

/** The name of the test of a case. */
export const drainTest = (name: DrainName): string => `${name}: ${drainCases[name]}`;
