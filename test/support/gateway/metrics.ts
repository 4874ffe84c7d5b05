/** One metric of `/metrics`. */
export interface ShownMetric {
  readonly type: string;
  readonly samples: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

const labelsOf = (text = ''): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );

/** Returns the samples with this exact name, e.g. with the suffix `_sum` for the sum of a histogram. */
export const readSamples = (text: string, name: string): ShownMetric['samples'] =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))].map(
    ([, labels, value]) => ({ labels: labelsOf(labels), value: Number(value) }),
  );

/** Parses the Prometheus text format. The samples of a histogram are its counts. */
export const readExposition = (text: string): Map<string, ShownMetric> => {
  const metrics = new Map<string, ShownMetric>();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffix = type === 'histogram' ? '_count' : '';
    metrics.set(name, { type, samples: readSamples(text, `${name}${suffix}`) });
  }
  return metrics;
};

/** Fetches the metrics of the gateway with this URL of `/graphql`. */
export const scrape = async (graphqlUrl: string): Promise<string> => {
  const response = await fetch(new URL('/metrics', graphqlUrl));
  return response.text();
};

/** Fetches the samples of one metric; empty if the gateway does not have it. */
export const fetchSamples = async (
  graphqlUrl: string,
  name: string,
): Promise<ShownMetric['samples']> =>
  readExposition(await scrape(graphqlUrl)).get(name)?.samples ?? [];
