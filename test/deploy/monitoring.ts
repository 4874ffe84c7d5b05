import { z } from 'zod';

/*
 * Schemas of the parts of Prometheus' and Grafana's formats that the files in deploy/monitoring/ use. They are strict, so
 * that a misspelt or misplaced key is an error.
 */

const labels = z.record(z.string(), z.string());
const duration = z.string().regex(/^\d+[smh]$/);

const alert = z.strictObject({
  alert: z.string().regex(/^Gateway[A-Z]\w+$/),
  expr: z.string(),
  for: duration.optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({
    summary: z.string(),
    description: z.string(),
    runbook: z.literal('docs/operating.md#troubleshooting'),
    symptom: z.string(),
  }),
});

export type Alert = z.infer<typeof alert>;

/** The schema of a file of alert rules. */
export const alertFile = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(alert) })),
});

/** The schema of a file of tests of alert rules. */
export const alertTestFile = z.strictObject({
  rule_files: z.array(z.string()),
  evaluation_interval: duration,
  tests: z.array(
    z.strictObject({
      name: z.string(),
      interval: duration,
      input_series: z.array(z.strictObject({ series: z.string(), values: z.string() })),
      promql_expr_test: z.array(
        z.strictObject({
          expr: z.string(),
          eval_time: duration,
          exp_samples: z.array(z.strictObject({ labels: z.string(), value: z.number() })),
        }),
      ),
      alert_rule_test: z
        .array(
          z.strictObject({
            alertname: z.string(),
            eval_time: duration,
            exp_alerts: z.array(z.strictObject({ exp_labels: labels, exp_annotations: labels })),
          }),
        )
        .optional(),
    }),
  ),
});

const datasource = z.strictObject({
  type: z.literal('prometheus'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana replaces it.
  uid: z.literal('${datasource}'),
});

const gridPos = z.strictObject({
  x: z.int().min(0).max(23),
  y: z.int().min(0),
  w: z.int().min(1).max(24),
  h: z.int().min(1),
});

const graph = z.strictObject({
  id: z.int().positive(),
  type: z.literal('timeseries'),
  title: z.string(),
  description: z.string(),
  datasource,
  gridPos,
  fieldConfig: z.strictObject({
    defaults: z.strictObject({
      unit: z.enum(['ops', 's', 'short', 'bytes', 'percentunit']),
      min: z.literal(0),
      max: z.literal(1).optional(),
      custom: z.record(z.string(), z.unknown()).optional(),
    }),
    overrides: z.tuple([]),
  }),
  options: z.record(z.string(), z.unknown()),
  targets: z
    .array(
      z.strictObject({
        refId: z.string().regex(/^[A-Z]$/),
        datasource,
        expr: z.string(),
        legendFormat: z.string(),
      }),
    )
    .min(1),
});

const heading = z.strictObject({
  id: z.int().positive(),
  type: z.literal('row'),
  title: z.string(),
  collapsed: z.literal(false),
  gridPos,
  panels: z.tuple([]),
});

const variable = {
  name: z.string(),
  label: z.string(),
  refresh: z.int(),
  multi: z.boolean(),
  includeAll: z.boolean(),
  current: z.strictObject({}),
  options: z.tuple([]),
};

/** The schema of the dashboard, as Grafana imports it. */
export const dashboard = z.strictObject({
  id: z.null(),
  uid: z.string().max(40),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  schemaVersion: z.int().min(39),
  version: z.int(),
  editable: z.boolean(),
  graphTooltip: z.literal(1),
  timezone: z.literal('browser'),
  refresh: duration,
  time: z.strictObject({ from: z.string(), to: z.literal('now') }),
  annotations: z.strictObject({ list: z.tuple([]) }),
  links: z.tuple([]),
  templating: z.strictObject({
    list: z.array(
      z.discriminatedUnion('type', [
        z.strictObject({
          ...variable,
          type: z.literal('datasource'),
          query: z.literal('prometheus'),
        }),
        z.strictObject({
          ...variable,
          type: z.literal('query'),
          datasource,
          query: z.strictObject({ query: z.string(), refId: z.string() }),
          sort: z.int(),
          allValue: z.string(),
        }),
      ]),
    ),
  }),
  panels: z.array(z.discriminatedUnion('type', [graph, heading])),
});
