import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { stringify } from 'yaml';
import { readText } from './files.ts';
import { dashboard } from './monitoring.ts';
import { isPromtoolSkipped, promtool } from './promtool.ts';

const { panels, templating } = dashboard.parse(
  JSON.parse(await readText('deploy/monitoring/dashboard.json')),
);

it('the panels of the dashboard have different ids and titles, and targets different names', () => {
  for (const key of ['id', 'title'] as const) {
    expect(new Set(panels.map((panel) => panel[key])).size).toBe(panels.length);
  }
  for (const panel of panels) {
    if (panel.type === 'row') continue;
    expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length);
  }
});

it('the panels of the dashboard fill its width and do not overlap', () => {
  const cells = new Set<string>();
  for (const { title, gridPos } of panels) {
    const { x, y, w, h } = gridPos;
    expect({ title, isInside: x + w <= 24 }).toEqual({ title, isInside: true });
    for (let column = x; column < x + w; column += 1) {
      for (let line = y; line < y + h; line += 1) cells.add(`${column},${line}`);
    }
  }
  const areas = panels.map(({ gridPos: { w, h } }) => w * h);
  const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
  expect(areas.reduce((sum, area) => sum + area, 0)).toBe(cells.size);
  expect(cells.size).toBe(24 * height);
});

it('the dashboard uses its variables and no others', () => {
  const used = new Set(
    [...JSON.stringify(panels).matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name),
  );
  used.delete('__rate_interval');
  expect([...used].sort()).toEqual(templating.list.map(({ name }) => name).sort());
});

it('a legend of the dashboard shows labels that the expression keeps', () => {
  for (const panel of panels) {
    if (panel.type === 'row') continue;
    for (const { expr, legendFormat } of panel.targets) {
      const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
      const kept = /\b(?:sum|min|max)\b/.test(expr)
        ? (/ by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [])
        : ['instance'];
      expect({ expr, lost: shown.filter((label) => !kept.includes(label)) }).toEqual({
        expr,
        lost: [],
      });
    }
  }
});

it.skipIf(isPromtoolSkipped)('promtool can parse every expression of the dashboard', async () => {
  const rules = panels
    .flatMap((panel) => (panel.type === 'row' ? [] : panel.targets))
    .map(({ expr }, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*'),
    }));
  const folder = await mkdtemp(join(tmpdir(), 'dashboard-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = stringify({ groups: [{ name: 'dashboard', rules }] });
  await writeFile(join(folder, 'rules.yaml'), file);
  expect(await promtool(folder, 'check', 'rules', 'rules.yaml')).toContain(
    `SUCCESS: ${rules.length} rules found`,
  );
});
