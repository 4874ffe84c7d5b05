/** One metric as `/metrics` shows it. */
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

/** The samples under one name as it stands in the text, e.g. with `_sum` for what a histogram has added up. */
export const readSamples = (text: string, name: string): ShownMetric['samples'] =>
  [...text.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))].map(
    ([, labels, value]) => ({ labels: labelsOf(labels), value: Number(value) }),
  );

/** Reads the Prometheus text format; a histogram's samples are its counts. */
export const readExposition = (text: string): Map<string, ShownMetric> => {
  const metrics = new Map<string, ShownMetric>();
  for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const suffix = type === 'histogram' ? '_count' : '';
    metrics.set(name, { type, samples: readSamples(text, `${name}${suffix}`) });
  }
  return metrics;
};

/** Scrapes the gateway whose `/graphql` this is. */
export const scrape = async (graphqlUrl: string): Promise<string> => {
  const response = await fetch(new URL('/metrics', graphqlUrl));
  return response.text();
};
