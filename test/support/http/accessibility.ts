import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** Returns the rules of axe that the page breaks, with the elements. */
export const violationsOf = async (page: Page): Promise<unknown> => {
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => [html, failureSummary])]))`);
};
