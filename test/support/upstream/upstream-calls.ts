import type { LoggedRequest } from '../../../src/sandbox/request-log.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { platformKeys } from './stored-tokens.ts';

/** Returns the requests that reached the sandbox since the last call, and clears them. */
export const takeRequests = (sandbox: Sandbox): readonly LoggedRequest[] => {
  const requests = sandbox.requests();
  sandbox.clearRequests();
  return requests;
};

/** Returns the sorted names of the operations that reached the sandbox since the last call, and clears them. */
export const takeOperations = (sandbox: Sandbox): string[] =>
  takeRequests(sandbox)
    .map(({ operation }) => operation ?? 'none')
    .sort();

/** Returns method, path and query of a request. The text is equal for equal requests. */
export const urlOf = ({ method, path, query }: LoggedRequest): string =>
  `${method} ${path}?${new URLSearchParams(query).toString()}`;

/** The names of all platforms' token lists, sorted. */
export const tokenLists = platformKeys.map((key) => `mdm.${key}.enrollmentToken.list`).sort();

/** The names of all platforms' policy lists, sorted. */
export const policyLists = platformKeys.map((key) => `mdm.${key}.policy.list`).sort();
