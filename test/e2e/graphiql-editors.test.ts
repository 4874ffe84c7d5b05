import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { hasBrowser, untilOpen, useGraphiqlSite } from '../support/http/graphiql.ts';
import { isSkipped } from '../support/optional-tools.ts';

/** After each check of an operation, GraphiQL gives the JSON editor the types of the variables. */
const watchChecks = '__MONACO.languages.json.jsonDefaults.onDidChange(() => { checks += 1; });';

const variables =
  "__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith('variables.json'))";

/** The faults that the editors mark in the operation, and those in the variables and the headers. */
const findFaults = `(async () => {
  const { editor, languages } = __MONACO;
  const faults = editor.getModelMarkers({ owner: 'graphql' });
  const worker = await languages.json.getWorker();
  for (const model of editor.getModels()) {
    if (!/(?:variables|request-headers)\\.json$/.test(model.uri.path)) continue;
    faults.push(...(await (await worker(model.uri)).doValidation(model.uri.toString())));
  }
  return faults.map(({ message }) => message);
})()`;

describe.skipIf(isSkipped(hasBrowser))('the editors of GraphiQL', () => {
  const web = useGraphiqlSite();
  const write = async (page: Page, text: string) => {
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText(text);
  };

  it('asks for the required fields of an input, and for no field with a default', async () => {
    const { page } = await web.open(web.gateway.url);
    await untilOpen(page);
    await write(
      page,
      'mutation Create($input: CreateAppleEnrollmentTokenInput!) { createAppleEnrollmentToken(input: $input) { replayed } }',
    );
    await page.evaluate(`${variables}.setValue('{ "input": {} }')`);
    await page.locator('.graphiql-editor-tool .squiggly-error').first().waitFor();
    await expect
      .poll(() => page.evaluate(findFaults), { timeout: 10_000 })
      .toEqual(['Missing property "sendEmail".', 'Missing property "userId".']);
    await page.context().close();
  });

  it.each([
    ['with the data of the sandbox', () => web.gateway],
    ['in front of an API that needs a key', () => web.strict],
  ])(
    'marks no fault in any tab, %s',
    async (_name, server) => {
      const { page } = await web.open(server().url);
      await untilOpen(page);
      const tabs = await page.locator('.graphiql-tab > button[title]').all();
      expect(tabs).toHaveLength(8);
      // A fault in a tab of its own is marked: the schema has arrived.
      await page.getByRole('button', { name: 'New tab' }).click();
      await write(page, '{ planted }');
      await page.locator('.squiggly-error').first().waitFor();

      await page.evaluate(watchChecks);
      for (const tab of tabs) {
        await page.evaluate('globalThis.checks = 0');
        await tab.click();
        await page.waitForFunction('globalThis.checks > 0');
        const name = await tab.textContent();
        // The marks of the tab before can stay for a moment.
        await expect
          .poll(async () => ({ name, faults: await page.evaluate(findFaults) }), {
            timeout: 10_000,
          })
          .toEqual({ name, faults: [] });
      }
      await page.context().close();
    },
    60_000,
  );
});
