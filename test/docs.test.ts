import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadSandboxes } from '../src/platforms/registry.ts';
import type { Fault } from '../src/sandbox/faults.ts';
import type { Sandbox } from '../src/sandbox/sandbox.ts';
import { createSandbox } from '../src/sandbox/server.ts';
import { type Gateway, startGateway } from './support/gateway/gateway.ts';
import { createPrintedValues, type PrintedValues } from './support/gateway/printed-values.ts';

/** What a page can ask to go wrong while one of its operations runs: `graphql run windows-forbidden`. */
const troubles: Readonly<Record<string, Fault>> = {
  'windows-forbidden': { kind: 'forbidden', match: { platform: 'windows' } },
  'answer-lost': { kind: 'reset-after', match: { method: 'POST' } },
  'request-lost': { kind: 'reset-before', match: { method: 'POST' } },
};

interface DocumentedOperation {
  readonly name: string;
  readonly operation: string;
  readonly trouble: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
}

const folder = new URL('../docs/', import.meta.url);

const block =
  /```graphql run ?(\S*)\n(.*?)```\s+(?:```json variables\n(.*?)```\s+)?```json answer\n(.*?)```/gs;

const operationsOf = (text: string): DocumentedOperation[] =>
  [...text.matchAll(block)].map(
    ([, trouble = '', operation = '', variables = '{}', answer = '']) => ({
      name: /(?:query|mutation) (\w+)/.exec(operation)?.[1] ?? '',
      operation,
      trouble,
      variables: JSON.parse(variables),
      answer: JSON.parse(answer),
    }),
  );

const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
  .map((page) => ({ ...page, operations: operationsOf(page.text) }))
  .filter(({ text }) => text.includes('```graphql run'));

it('the guide for front ends has operations to run', () => {
  expect(pages.map(({ name }) => name)).toContain('frontend.md');
});

describe.each(pages)('$name', ({ text, operations }) => {
  let sandbox: Sandbox;
  let gateway: Gateway;
  let values: PrintedValues;

  beforeAll(async () => {
    sandbox = createSandbox({ platforms: await loadSandboxes() });
    const { baseUrl } = await sandbox.listen();
    gateway = await startGateway({
      baseUrl,
      organization: sandbox.organizationId,
      anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
    });
    values = createPrintedValues();
  });
  afterAll(async () => {
    await gateway.close();
    await sandbox.close();
  });

  it('prints an answer to every operation that it says runs', () => {
    expect(operations).toHaveLength(text.split('```graphql run').length - 1);
  });

  // One after the other: a page speaks of what it did further up.
  it.each(operations)('$name answers what is printed', async (documented) => {
    const { operation, trouble, variables, answer } = documented;
    const fault = trouble === '' ? undefined : troubles[trouble];
    expect(fault === undefined).toBe(trouble === '');
    const resolved = values.resolve(variables);
    const active = fault && sandbox.faults.add(fault);
    const { data, errors } = await gateway.ask(operation, { variables: resolved });
    active?.remove();
    const answered = errors.length > 0 ? { data, errors } : { data };
    expect(answered).toEqual(values.toExpectation(answer));
    values.learn(answer, answered);
  });
});

const root = new URL('../', import.meta.url);
const readText = (path: string): string => readFileSync(new URL(path, root), 'utf8');
const markdownIn = (path: string): string[] =>
  readdirSync(new URL(path, root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${path}${name}`);

/** Superseded records may name files that are gone. */
const currentPages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'src/paging/README.md'],
  ...['examples/web/README.md', 'examples/supergraph/README.md'],
  ...[...markdownIn('docs/'), ...markdownIn('docs/decisions/')].filter(
    (path) => !/superseded by/i.test(readText(path)),
  ),
];

/** Paths in backticks, from the root of the repository or from the page. */
const namedPaths = (text: string): string[] =>
  [
    ...text.matchAll(
      /`((?:\.ci|\.github|bench|deploy|docs|examples|scripts|src|test)\/[\w./-]+)`/g,
    ),
  ].map(([, path = '']) => path);

const exists = (path: string, page: string): boolean =>
  [root, new URL(page, root)].some((base) => existsSync(new URL(path, base)));

describe.each(currentPages)('%s', (page) => {
  const text = readText(page);

  it('names paths that exist', () => {
    expect(namedPaths(text).filter((path) => !exists(path, page))).toEqual([]);
  });

  it('links to files that exist', () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !/^[a-z]+:/.test(target));
    const missing = links.filter((target) => !existsSync(new URL(target, new URL(page, root))));
    expect(missing).toEqual([]);
  });
});

const { scripts, version } = z
  .object({ scripts: z.record(z.string(), z.string()), version: z.string() })
  .parse(JSON.parse(readText('package.json')));

it('the changelog begins with the version in package.json, which the manifests run', () => {
  expect(/^## \[(.+?)\] - \d{4}-\d{2}-\d{2}$/m.exec(readText('CHANGELOG.md'))?.[1]).toBe(version);
  expect(readText('deploy/kubernetes/deployment.yaml')).toContain(
    `image: enrollment-gateway:${version}\n`,
  );
});

it.each(
  currentPages.filter((page) => !page.startsWith('examples/')),
)('%s names commands that package.json has', (page) => {
  const named = [...readText(page).matchAll(/`npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

it('docs/architecture.md has one line for each folder of src', () => {
  const folders = readdirSync(new URL('src/', root), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name).replace(/^.*\/src\//, 'src/'));
  const rows = [...readText('docs/architecture.md').matchAll(/^\| `(src\/[\w/-]+)` \|/gm)];
  expect(rows.map(([, folder = '']) => folder).sort()).toEqual(folders.sort());
});
