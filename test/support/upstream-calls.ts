import type { LoggedRequest } from '../../src/sandbox/request-log.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';

/** What reached the sandbox since it was last asked, and forgets it. */
export const takeRequests = (sandbox: Sandbox): readonly LoggedRequest[] => {
  const requests = sandbox.requests();
  sandbox.clearRequests();
  return requests;
};

/** The names of the operations that reached the sandbox since it was last asked, sorted. */
export const takeOperations = (sandbox: Sandbox): string[] =>
  takeRequests(sandbox)
    .map(({ operation }) => operation ?? 'none')
    .sort();

/** Method, path and query of a request: equal for two that ask the same. */
export const urlOf = ({ method, path, query }: LoggedRequest): string =>
  `${method} ${path}?${new URLSearchParams(query).toString()}`;

export const tokenLists = ['mdm.apple.enrollmentToken.list', 'mdm.windows.enrollmentToken.list'];
export const policyLists = ['mdm.apple.policy.list', 'mdm.windows.policy.list'];
