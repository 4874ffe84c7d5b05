/** One request as it arrived. The log holds no credential. */
export interface LoggedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The route's path with its parameters in braces; null if no route matches. */
  readonly template: string | null;
  /** The route's name; null if no route matches. */
  readonly operation: string | null;
  readonly platform: string | null;
  readonly query: Readonly<Record<string, string>>;
  /** The parsed body; undefined if there was none or it was not JSON. */
  readonly body: unknown;
  /** Without the Authorization header. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether there was an Authorization header. */
  readonly authorized: boolean;
  /** The status of the answer; null if there is no answer, or none yet. */
  status: number | null;
}

export interface RequestLog {
  /** Oldest first; only the newest few thousand are kept. */
  readonly all: () => readonly LoggedRequest[];
  readonly add: (request: LoggedRequest) => void;
  readonly clear: () => void;
}

const maxRequests = 5_000;

export const createRequestLog = (): RequestLog => {
  const requests: LoggedRequest[] = [];
  return {
    all: () => [...requests],
    add: (request) => {
      requests.push(request);
      if (requests.length > 2 * maxRequests) requests.splice(0, maxRequests);
    },
    clear: () => {
      requests.length = 0;
    },
  };
};
