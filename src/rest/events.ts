/** What the exchange with the REST API did of its own accord; for the metrics. */
export type TransportEvent =
  /** An attempt is about to be repeated. */
  | { readonly kind: 'retry'; readonly circuit: string }
  /** A request was not sent. */
  | {
      readonly kind: 'refusal';
      readonly circuit: string;
      readonly by: 'circuit' | 'queue' | 'quota';
    }
  | { readonly kind: 'circuit'; readonly circuit: string; readonly isOpen: boolean }
  /** An organization's quota was asked for one call; so many may still go at once. */
  | { readonly kind: 'quota'; readonly organizationId: string; readonly left: number };

export type OnTransportEvent = (event: TransportEvent) => void;
