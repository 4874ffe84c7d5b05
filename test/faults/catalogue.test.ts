import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { caseCount, catalogue } from './catalogue.ts';

it('the catalogue of faults has at least a hundred cases', () => {
  expect(caseCount).toBeGreaterThanOrEqual(100);
});

it('docs/faults.md matches the tables of the tests', () => {
  const page = readFileSync(new URL('../../docs/faults.md', import.meta.url), 'utf8');
  expect(page).toBe(catalogue);
});
