const page = `query Page {
  enrollmentTokens(first: 50) {
    nodes {
      sourceId displayName state createdAt expiresAt
      user { sourceId email name }
      policyAssignments { priority policy { sourceId name version } }
    }
  }
}`;

const flat = `query Flat {
  enrollmentTokens(first: 50, filter: { platforms: [WINDOWS] }) {
    nodes {
      sourceId displayName tags state type subType createdAt updatedAt expiresAt
      enrollmentLink enrollmentCode sendEmail segmentId
    }
  }
}`;

const toBody = (operationName: string, query: string): string =>
  JSON.stringify({ operationName, query });

export const bodies = { page: toBody('Page', page), flat: toBody('Flat', flat) } as const;

/** One kind of load. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly body: string;
  readonly connections: number;
  readonly upstreamDelayMs: number;
  /** Returns the key of an operation. Only operations with the same key can share work. */
  readonly authorization: (connection: number, round: number) => string;
}

const oneKey = (): string => 'Bearer one-key';
const keyOfConnection = (connection: number): string => `Bearer key-${connection}`;

let newKeyCount = 0;
const newKey = (): string => {
  newKeyCount += 1;
  return `Bearer new-key-${newKeyCount}`;
};

export const scenarios: readonly Scenario[] = [
  {
    name: 'page',
    title: 'page, 50 clients with 50 keys, lookups warm',
    body: bodies.page,
    connections: 50,
    upstreamDelayMs: 0,
    authorization: keyOfConnection,
  },
  {
    name: 'page-shared',
    title: 'page, 50 clients with one key',
    body: bodies.page,
    connections: 50,
    upstreamDelayMs: 0,
    authorization: oneKey,
  },
  {
    name: 'flat',
    title: 'flat, 50 clients with 50 keys',
    body: bodies.flat,
    connections: 50,
    upstreamDelayMs: 0,
    authorization: keyOfConnection,
  },
  {
    name: 'flat-shared',
    title: 'flat, 50 clients with one key',
    body: bodies.flat,
    connections: 50,
    upstreamDelayMs: 0,
    authorization: oneKey,
  },
  {
    name: 'page-far-warm',
    title: 'page, one client, upstream 10 ms, lookups warm',
    body: bodies.page,
    connections: 1,
    upstreamDelayMs: 10,
    authorization: keyOfConnection,
  },
  {
    name: 'page-far-cold',
    title: 'page, one client, upstream 10 ms, lookups cold',
    body: bodies.page,
    connections: 1,
    upstreamDelayMs: 10,
    authorization: newKey,
  },
];
