/** Long operation names, or many of them: where they arrive, and the outcome. */
export const longNames = {
  'the metrics, from unknown callers':
    'no label of their own: `/metrics` stays below 100 kB, and real operations keep their labels',
  'the metrics, with a known name': 'the label of that name',
  'the log': 'names cut at 100 characters',
  'the traces': 'names cut at 100 characters',
  'the metrics, in service mode': 'a label of its own, once the JWT was verified',
} as const;
