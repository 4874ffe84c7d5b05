import { overloaded } from './http-error.ts';

interface CapacityLimits {
  /** Requests that have begun and are not answered yet. */
  readonly requests: number;
  /** Memory of all request bodies together. */
  readonly bodyBytes: number;
}

/** What requests in progress use, over all connections. Both functions return a release, and throw an HttpError if a limit is reached. */
export interface RequestCapacity {
  readonly admit: () => () => void;
  readonly reserveBytes: (bytes: number) => () => void;
}

/** Limits the number of requests in progress and the memory of their bodies. */
export const createRequestCapacity = (limits: CapacityLimits): RequestCapacity => {
  let requests = 0;
  let bodyBytes = 0;
  return {
    admit: () => {
      if (requests >= limits.requests) throw overloaded();
      requests += 1;
      return () => {
        requests -= 1;
      };
    },
    reserveBytes: (bytes) => {
      if (bodyBytes + bytes > limits.bodyBytes) throw overloaded();
      bodyBytes += bytes;
      return () => {
        bodyBytes -= bytes;
      };
    },
  };
};
