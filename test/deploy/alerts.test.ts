import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readText, readYaml, root } from './files.ts';
import { alertFile, alertTestFile } from './monitoring.ts';
import { isPromtoolSkipped, promtool } from './promtool.ts';

const folder = 'deploy/monitoring';
const { groups } = await readYaml(alertFile, `${folder}/alerts.yaml`);
const { rule_files: ruleFiles, tests } = await readYaml(
  alertTestFile,
  `${folder}/alerts.test.yaml`,
);
const alerts = groups.flatMap(({ rules }) => rules);

/** The rows of the table Troubleshooting: the symptom, and the whole row. */
const rows = [
  ...((await readText('docs/operating.md')).split('\n## Troubleshooting\n')[1] ?? '').matchAll(
    /^\| ([^|]+) \|.*$/gm,
  ),
]
  .map(([row, symptom = '']) => ({ symptom, row }))
  .filter(({ symptom }) => symptom !== 'symptom');

/** Rows that name a metric and have no alert: a rollout is watched by the one who does it. */
const withoutAlert = ['a rollout takes more than some seconds per replica'];

describe('the alerts', () => {
  it('have different names', () => {
    expect(new Set(alerts.map(({ alert }) => alert)).size).toBe(alerts.length);
  });

  it('name rows of the table Troubleshooting', () => {
    const symptoms = new Set(rows.map(({ symptom }) => symptom));
    expect(symptoms.size).toBeGreaterThan(20);
    expect(alerts.filter(({ annotations }) => !symptoms.has(annotations.symptom))).toEqual([]);
  });

  it('exist for each row that names a metric', () => {
    const alerted = new Set([
      ...withoutAlert,
      ...alerts.map(({ annotations }) => annotations.symptom),
    ]);
    const rest = rows.filter(({ row, symptom }) => /`gateway_/.test(row) && !alerted.has(symptom));
    expect(rest.map(({ symptom }) => symptom)).toEqual([]);
  });

  it('each fire in a test', () => {
    expect(ruleFiles).toEqual(['alerts.yaml']);
    const fired = tests.flatMap(({ promql_expr_test: checks }) =>
      checks.flatMap(({ exp_samples: samples }) =>
        samples.map(({ labels }) => /alertname="(\w+)"/.exec(labels)?.[1]),
      ),
    );
    expect([...new Set(fired)].sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });

  it('show only labels that their expressions keep', () => {
    for (const { alert, expr, annotations } of alerts) {
      const shown = [...annotations.description.matchAll(/\$labels\.(\w+)/g)].map(
        ([, label = '']) => label,
      );
      const kept = /\b(?:sum|count|max|min)\b/.test(expr)
        ? (/^\w+ by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [])
        : ['instance'];
      expect({ alert, lost: shown.filter((label) => !kept.includes(label)) }).toEqual({
        alert,
        lost: [],
      });
    }
  });
});

describe.skipIf(isPromtoolSkipped)('promtool', () => {
  const path = fileURLToPath(new URL(folder, root));

  it('finds no fault in the rules', async () => {
    const printed = await promtool(path, 'check', 'rules', 'alerts.yaml');
    expect(printed).toContain(`SUCCESS: ${alerts.length} rules found`);
  });

  it('finds that exactly the expected alerts fire in each situation', async () => {
    expect(await promtool(path, 'test', 'rules', 'alerts.test.yaml')).toContain('SUCCESS');
  });
});
