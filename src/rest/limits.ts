/** The constants of the exchange with the REST API. They are not configurable. Times are in milliseconds, sizes in bytes. */
export const limits = {
  answer: {
    /** Bounds a body before and after decompression. A larger one is an answer that is not understood. */
    maxBytes: 16 * 1024 * 1024,
    /** Larger compressed answers are parsed one after another: hundreds of items take tens of milliseconds. */
    largeBytes: 16 * 1024,
    /** Bounds the wait for a connection, if the attempt's own timeout is not shorter. */
    connectMs: 5_000,
  },
  retryAfter: {
    /** The wait after a 429 without `Retry-After`. */
    defaultMs: 2_000,
    /** A longer `Retry-After` is shortened to this. */
    longestMs: 3_600_000,
  },
  retry: {
    /** Retries of one exchange. */
    maxRetries: 2,
    /** Full jitter: a random share of the base, then of twice the base, at most the longest wait. */
    baseMs: 100,
    longestMs: 2_000,
    /** Retries in the window: this share of its calls, or this number a second, whichever is more. */
    budgetShare: 0.1,
    budgetPerSecond: 3,
    windowMs: 10_000,
  },
  circuit: {
    /** The breaker opens if more than this share of the window's calls failed and the window has enough calls. */
    failureShare: 0.5,
    minCalls: 20,
    windowMs: 10_000,
    /** After this time one call is sent as a probe, and another one if the probe has no answer after the same time. */
    probeMs: 5_000,
  },
  /**
   * The bound on waiting: an operation none of whose calls has got a slot is refused after this time, and so is a call whose
   * quota is free only after a longer wait. Decision 033 tells how the number was found.
   */
  longestWaitMs: 1_500,
  queue: {
    /** Calls of one circuit that may wait, to bound the memory. Further ones are refused at once. */
    maxWaiting: 512,
    /** Share of the slots that one circuit can take. If its calls hang, the other circuits still have the rest. */
    circuitShare: 0.75,
    /** The wait that the error for a refused call asks for. */
    retryAfterMs: 1_000,
  },
  quota: {
    /** Share of the burst that scans leave to other calls. */
    scanReserve: 0.2,
  },
  credentials: {
    /** Credentials that are remembered. The least recently used ones are dropped. */
    maxRemembered: 10_000,
    /** How long a credential counts as accepted after the API last accepted it. */
    acceptedMs: 3_600_000,
    /** How long a refused credential is refused without a call. A key that was just created works after this time. */
    refusedMs: 5_000,
  },
  /** Calls with credentials that the API has not accepted yet. Further ones wait, then are refused. */
  unaccepted: {
    /** Calls at once with one credential: enough for a page of all platforms and a lookup. */
    callsPerCredential: 4,
    /** Calls at once in the process: this share of the slots, or of the burst of one quota if that is less. */
    slotsShare: 0.5,
    burstShare: 0.25,
    /** Calls that may wait with one credential, and in all. */
    maxWaiting: 200,
  },
} as const;
