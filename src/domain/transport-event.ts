/** An event in the exchange with the REST API, for the metrics. `circuit` names a circuit breaker. */
export type TransportEvent =
  /** An attempt is about to be repeated. */
  | { readonly kind: 'retry'; readonly circuit: string }
  /** A request was not sent. `by` tells what refused it. */
  | {
      readonly kind: 'refusal';
      readonly circuit: string;
      readonly by: 'circuit' | 'queue' | 'quota';
    }
  /** A circuit breaker opened or closed. */
  | { readonly kind: 'circuit'; readonly circuit: string; readonly isOpen: boolean }
  /** A call took a request of an organization's quota. `left` requests can still be sent at once. */
  | { readonly kind: 'quota'; readonly organizationId: string; readonly left: number };

/** The numbers of calls that run and that wait for a slot. */
export interface TransportLoad {
  readonly running: number;
  readonly waiting: number;
}

/** Receives each event of the exchange with the REST API. */
export type OnTransportEvent = (event: TransportEvent) => void;
