/** The numbers of the exchange with the REST API that are no configuration. Times in milliseconds, sizes in bytes. */
export const limits = {
  answer: {
    /** Of a body, before and after decompression. */
    maxBytes: 16 * 1024 * 1024,
    /** Larger answers, as they come, are read one after another: hundreds of items take tens of milliseconds. */
    largeBytes: 16 * 1024,
    /** Of the wait for a connection, where the attempt's own timeout is not shorter. */
    connectMs: 5_000,
  },
  unsupported: {
    /** How long a method that the API turned out to lack in an organization is not asked for again there. */
    holdsMs: 300_000,
    organizations: 10_000,
  },
  retryAfter: {
    /** Where a 429 does not say. */
    defaultMs: 2_000,
    longestMs: 3_600_000,
  },
  retry: {
    most: 2,
    /** Full jitter: a random share of base, then of twice the base, never more than the longest. */
    baseMs: 100,
    longestMs: 2_000,
    /** Retries in the window: this share of its calls, or this many a second, whichever is more. */
    budgetShare: 0.1,
    budgetPerSecond: 3,
    windowMs: 10_000,
  },
  circuit: {
    /** Opens where more than this share of the window's calls failed, and there were enough of them. */
    failureShare: 0.5,
    fewestCalls: 20,
    windowMs: 10_000,
    /** One call is let through after this time, and again after each such time without an answer. */
    probeMs: 5_000,
  },
  queue: {
    /** Share of the calls at once that no platform gets for itself: one that hangs leaves it to the others. */
    keptFromLane: 0.25,
    /** Calls that may wait, for each that runs; one operation alone always fits. */
    callsPerSlot: 4,
    fewestCalls: 512,
    /**
     * Calls of one platform behind which an operation that has not been let in yet may wait, for each that runs. Two
     * platforms share the slots: who is let in waits about half an answer's time.
     */
    newcomersPerSlot: 0.15,
    /** A wait as short as this is better than a refusal, however quick the API is. */
    patienceMs: 150,
    /** How long an answer is thought to take before any has come. */
    firstGuessMs: 10,
    /**
     * How much the newest answer moves what is known of their time. Answers to calls that ran side by side count as
     * one: a moment in which the API stands still holds all of them up.
     */
    learningShare: 0.1,
    /** An answer counts for at most so many times what is known: one that hangs tells nothing of the others. */
    mostTimesKnown: 20,
    /** Late answers while the process was busier than this share of the time tell of the process, not of the API. */
    busyShare: 0.8,
    retryAfterMs: 1_000,
  },
  quota: {
    /** How long a call waits for its turn before it is refused. */
    longestWaitMs: 1_500,
    /** Share of the burst that scans leave to everybody else. */
    scanReserve: 0.2,
  },
  credentials: {
    /** Credentials that are remembered; the least recently used give way. */
    most: 10_000,
    /** How long a credential counts as accepted after the API last accepted it. */
    acceptedMs: 3_600_000,
    /** How long a refused credential is refused without a call. A key that was just created works after this time. */
    refusedMs: 5_000,
  },
  /** Calls with credentials that the API has not accepted yet. */
  unaccepted: {
    /** At a time with one credential: enough for a page of all platforms and a lookup. */
    callsOfOne: 4,
    /** At a time in the process: this share of the slots, and of the burst of one quota if that is less. */
    slotsShare: 0.5,
    burstShare: 0.25,
    /** That may wait with one credential, and in all. */
    waiting: 200,
  },
} as const;
