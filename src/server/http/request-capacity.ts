import { overloaded } from './http-error.ts';

interface CapacityLimits {
  /** Requests that have begun and are not answered yet. */
  readonly requests: number;
  /** Bytes of memory that the bodies of all requests take together. */
  readonly bodyBytes: number;
}

/** What one request holds. Both give a function that gives it back, and throw a Refusal if there is no room. */
export interface RequestCapacity {
  /** Takes a place among the requests in progress. */
  readonly admit: () => () => void;
  readonly reserveBytes: (bytes: number) => () => void;
}

/** Bounds what requests in progress hold, over all connections. */
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
