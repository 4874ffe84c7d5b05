/** The REST API's limits of inputs (CONTRACT 3.2 and 4.2). The gateway itself limits the lengths of lists. */
export const inputLimits = {
  text: 128,
  /** The API documents no limit for the text of the e-mail. */
  emailText: 10_000,
  listLength: 100,
  priority: 10_000,
  shortestSeconds: 60,
  longestSeconds: 2_592_000,
  idempotencyKey: 255,
  addresses: 1_000,
} as const;
