/** Faults of service mode that stand for themselves, and what each gives. */
export const serviceFaults = {
  'a token of 200 kB':
    '`401 UNAUTHENTICATED` before it is verified (`431` where Node takes headers of 16 KB only, its default)',
  'two Authorization headers': '`400 BAD_REQUEST`, in both modes',
  'the endpoint of keys hangs from the tenth minute on':
    'nobody whose key is known waits; one download is begun',
  'random key ids while the endpoint of keys hangs':
    '`UPSTREAM_UNAVAILABLE`: at once, but for those who wait for the one download of each cooldown',
  'the endpoint of keys hangs from the start':
    '`UPSTREAM_UNAVAILABLE`: all wait for one download, 5 s at most; later ones 1 s at most',
  'tracestate, baggage or any other header of the caller':
    'goes nowhere: the API gets `traceparent`, the issuer and the collector get nothing of the caller',
} as const;

export type ServiceFaultName = keyof typeof serviceFaults;
