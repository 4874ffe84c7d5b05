import { beforeAll, describe, expect, it } from 'vitest';
import { errorCodes } from '../../src/server/errors/public-errors.ts';
import { readText, readYaml } from './files.ts';
import { measureGateways, type SeenLabels } from './measured-gateway.ts';
import { alertFile, alertTestFile, dashboard } from './monitoring.ts';
import { readGroupings, readSelectors, type Selector } from './promql.ts';

const { groups } = await readYaml(alertFile, 'deploy/monitoring/alerts.yaml');
const { tests } = await readYaml(alertTestFile, 'deploy/monitoring/alerts.test.yaml');
const { panels, templating } = dashboard.parse(
  JSON.parse(await readText('deploy/monitoring/dashboard.json')),
);

const alerts = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
const graphs = panels.flatMap((panel) =>
  panel.type === 'row' ? [] : panel.targets.map(({ expr }) => expr),
);
const series = tests.flatMap(({ input_series: given }) => given.map((one) => one.series));
const variables = templating.list.flatMap((one) =>
  one.type === 'query' ? [...one.query.query.matchAll(/^label_values\((\w+), (\w+)\)$/g)] : [],
);

/** Labels that Prometheus adds to each metric of a replica. */
const addedLabels = ['instance', 'job'];
const histogramParts = /_(?:bucket|sum|count)$/;

let seen: ReadonlyMap<string, SeenLabels>;

const labelsOf = (metric: string): SeenLabels | undefined =>
  seen.get(metric) ?? seen.get(metric.replace(histogramParts, ''));

const isLabelOf = (metric: string, label: string): boolean =>
  addedLabels.includes(label) ||
  (label === 'le' && metric.endsWith('_bucket')) ||
  labelsOf(metric)?.has(label) === true;

/** Whether a gateway has shown the value. Faults and a full process cannot be caused from outside. */
const isValueOf = (metric: string, label: string, value: string): boolean =>
  addedLabels.includes(label) ||
  labelsOf(metric)?.get(label)?.has(value) === true ||
  (label === 'outcome' && errorCodes.some((code) => code === value));

const conditionsOf = (selectors: readonly Selector[]) =>
  selectors.flatMap(({ metric, matchers }) => matchers.map((one) => ({ metric, ...one })));

describe('running gateways', () => {
  beforeAll(async () => {
    seen = await measureGateways();
  }, 120_000);

  it.each([
    ['the alerts', alerts],
    ['the dashboard', graphs],
    ['the series in the tests of the alerts', series],
  ])('have every metric and label in %s', (_name, expressions) => {
    const selectors = expressions.flatMap(readSelectors);
    expect(selectors.length).toBeGreaterThan(20);
    expect(selectors.filter(({ metric }) => labelsOf(metric) === undefined)).toEqual([]);
    const unknown = conditionsOf(selectors).filter((one) => !isLabelOf(one.metric, one.label));
    expect(unknown).toEqual([]);
    for (const expression of expressions) {
      const metrics = readSelectors(expression).map(({ metric }) => metric);
      const grouped = readGroupings(expression);
      const missing = grouped.filter((label) => !metrics.every((one) => isLabelOf(one, label)));
      expect({ expression, missing }).toEqual({ expression, missing: [] });
    }
  });

  it('have every label value that the alerts and the dashboard name', () => {
    const conditions = conditionsOf([...alerts, ...graphs].flatMap(readSelectors));
    expect(conditions.length).toBeGreaterThan(20);
    const unknown = conditions.filter(
      ({ metric, label, value }) => !value.split('|').every((one) => isValueOf(metric, label, one)),
    );
    expect(unknown).toEqual([]);
  });

  it('have the metrics of which the dashboard lists replicas', () => {
    expect(variables.map(([, metric = '', label]) => [seen.has(metric), label])).toEqual([
      [true, 'instance'],
    ]);
  });

  it('have no metric of their own that the dashboard leaves out', () => {
    const shown = new Set(
      graphs.flatMap(readSelectors).map(({ metric }) => metric.replace(histogramParts, '')),
    );
    const own = [...seen.keys()].filter((name) => !/_(?:process|nodejs)_/.test(name));
    expect(own.filter((name) => !shown.has(name))).toEqual([]);
  });
});

it('an expression with a misspelt metric, function or label is noticed', () => {
  const names = (expression: string) => readSelectors(expression).map(({ metric }) => metric);
  expect(names('summ(rate(gateway_a_total{by="x, (y)"}[5m])) by (label) > 0.02')).toEqual([
    'summ',
    'gateway_a_total',
  ]);
  expect(names('a_total unless on () b_total offset 15m or 2 * c')).toEqual([
    'a_total',
    'b_total',
    'c',
  ]);
  expect(readGroupings('sum by (le, kind) (rate(a{b="by (c)"}[5m]))')).toEqual(['le', 'kind']);
});
