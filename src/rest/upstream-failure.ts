/** The status, the code and the wait of an answer that is no success. */
export interface FailedAnswer {
  /** The HTTP status; null if the failure came with a status of success. */
  readonly status: number | null;
  /** The API's own code in the body; null if there is none. */
  readonly code: number | null;
  /** The wait that `Retry-After` asks for; null if there is none that can be read. */
  readonly retryAfterMs: number | null;
}

/**
 * The cause of an error that the API answered with. The payload reader creates it; retries and the log read it. It holds
 * no text of the body, so that it can be logged.
 */
export class UpstreamFailure extends Error {
  readonly status: number | null;
  readonly code: number | null;
  readonly retryAfterMs: number | null;

  constructor({ status, code, retryAfterMs }: FailedAnswer) {
    super(`HTTP ${status ?? 'success'}, code ${code ?? 'none'}`);
    this.name = 'UpstreamFailure';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
