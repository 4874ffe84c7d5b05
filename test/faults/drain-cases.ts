import { drainTimes } from '../../src/server/life-cycle/drain.ts';

const accept = `${drainTimes.acceptMs / 1000} s`;
const longest = `${drainTimes.maxMs / 1000} s`;

/** What can happen while a process is told to end, and what it does then. */
export const drainCases = {
  'a rolling restart under steady traffic over kept-alive connections':
    'every answer from SIGTERM on carries `Connection: close`; no request fails, a create among them, and the old process is gone within seconds',
  'SIGTERM, and an operation that takes longer than the port stays open': `new connections are accepted for ${accept}, then refused; the operation is answered, then exit code 0`,
  'SIGINT, or SIGTERM, while an operation runs':
    'the operation is answered, requests that come meanwhile too, then exit code 0 without further wait',
  'an operation that does not end': `exit code 0 after ${longest}`,
  'more signals after the first': 'nothing changes; a create in progress is answered, exit code 0',
  'SIGTERM while the process starts': 'exit code 0; it does not become ready',
  'SIGTERM while the process waits for Redis at the start': 'exit code 0; it does not become ready',
  'requests that wait behind another one of their connection at SIGTERM':
    'each is answered, and the last answer carries `Connection: close`',
  'a client that has pipelined requests and left': 'it is not waited for',
  'a request of a connection that is gone': 'it is not waited for',
  'an operation that a plugin ends with an exception': 'it is not waited for',
} as const;

export type DrainName = keyof typeof drainCases;

/** The name of the test of a case. */
export const drainTest = (name: DrainName): string => `${name}: ${drainCases[name]}`;
