/** Single faults of service mode, and their outcomes. */
export const serviceFaults = {
  'a token of 200 kB':
    '`401 UNAUTHENTICATED` before it is verified (`431` where Node takes headers of 16 KB only, its default)',
  'two Authorization headers': '`400 BAD_REQUEST`, in both modes',
  'the key endpoint hangs from the tenth minute on':
    'tokens with a known key do not wait; one download is started',
  'random key ids while the key endpoint hangs':
    '`UPSTREAM_UNAVAILABLE`: at once, except for tokens that wait for the one download of each cooldown',
  'the key endpoint hangs from the start':
    '`UPSTREAM_UNAVAILABLE`: all tokens wait for one download, at most 5 s; later ones at most 1 s',
  'tracestate, baggage or any other header of the caller':
    'is not sent on: the API gets only `traceparent`, the issuer and the collector get no header of the caller',
} as const;

export type ServiceFaultName = keyof typeof serviceFaults;
