import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadSandboxes } from '../src/platforms/registry.ts';
import { readFault } from '../src/sandbox/control/fault-text.ts';
import { routesOf } from '../src/sandbox/routes/all-routes.ts';
import type { Sandbox } from '../src/sandbox/sandbox.ts';
import { createSandbox } from '../src/sandbox/server.ts';
import { type Gateway, startGateway } from './support/gateway/gateway.ts';
import {
  createPrintedValues,
  lastCommand,
  type PrintedValues,
} from './support/gateway/printed-values.ts';
import { isSkipped } from './support/optional-tools.ts';

/** An operation or a command of a page, with the blocks below it. */
interface Step {
  readonly kind: 'graphql' | 'sh';
  readonly name: string;
  readonly text: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Undefined: the page prints none. */
  readonly answer: unknown;
}

const folder = new URL('../docs/', import.meta.url);

/** The blocks that a reader runs, `graphql run` and `sh run`, and those of JSON that belong to the one before. */
const block = /^```(graphql run|sh run|json (?:variables|headers|answer))\n(.*?)^```$/gms;

const stepsOf = (page: string): Step[] => {
  const steps: Step[] = [];
  for (const [, info = '', text = ''] of page.matchAll(block)) {
    const [language, role = ''] = info.split(' ');
    const step = steps.at(-1);
    if (language === 'json') {
      if (step === undefined) throw new Error(`Nothing is above the block ${info}.`);
      steps[steps.length - 1] = { ...step, [role]: JSON.parse(text) };
      continue;
    }
    const kind = language === 'sh' ? 'sh' : 'graphql';
    const [firstLine = ''] = text.split('\n');
    const name = kind === 'sh' ? firstLine : (/(?:query|mutation) (\w+)/.exec(text)?.[1] ?? '');
    steps.push({ kind, name, text, variables: {}, headers: {}, answer: undefined });
  }
  return steps;
};

const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }))
  .map((page) => ({ ...page, steps: stepsOf(page.text) }))
  .filter(({ steps }) => steps.length > 0);

it('the guide for front ends and the page about the sandbox have steps to run', () => {
  expect(pages.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['frontend.md', 'sandbox.md']),
  );
});

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const runFile = promisify(execFile);

it.each(pages)('$name has no step that is not run', ({ text, steps }) => {
  expect(steps).toHaveLength(text.split(/^ *```(?:graphql|sh) run/m).length - 1);
});

describe.skipIf(isSkipped(hasCurl)).each(pages)('$name', ({ steps }) => {
  let sandbox: Sandbox;
  let sandboxUrl: string;
  let gateway: Gateway;
  let values: PrintedValues;

  beforeAll(async () => {
    const now = new Date();
    sandbox = createSandbox({ platforms: await loadSandboxes(), now });
    const { url, baseUrl } = await sandbox.listen();
    sandboxUrl = url;
    gateway = await startGateway({
      baseUrl,
      organization: sandbox.organizationId,
      anonymousAuthorization: `Bearer ${sandbox.apiKey}`,
    });
    values = createPrintedValues(now.getTime());
  });
  afterAll(async () => {
    await gateway.close();
    await sandbox.close();
  });

  const runCommand = async ({ text, answer }: Step): Promise<void> => {
    const { stdout } = await runFile('sh', ['-e', '-c', text], {
      env: { ...process.env, SANDBOX_URL: sandboxUrl },
    });
    const answers = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    for (const answered of answers) expect(answered).not.toHaveProperty('errors');
    if (answer !== undefined) expect(answers).toEqual([values.toExpectation(answer)]);
    values.learn(lastCommand, answers.at(-1));
  };

  const runOperation = async (step: Step): Promise<void> => {
    const { data, errors } = await gateway.ask(step.text, {
      variables: values.resolve(step.variables),
      headers: Object.fromEntries(
        Object.entries(values.resolve(step.headers)).map(([name, value]) => [name, String(value)]),
      ),
    });
    const answered = errors.length > 0 ? { data, errors } : { data };
    expect(answered).toEqual(values.toExpectation(step.answer));
    values.learn(step.name, answered);
  };

  // One after the other: a page speaks of what it did further up.
  it.each(steps)('$name gives what is printed', (step) =>
    step.kind === 'sh' ? runCommand(step) : runOperation(step));

  it('leaves no fault on', () => {
    expect(sandbox.faults.all()).toEqual([]);
  });
});

it('the page about the sandbox prints faults that exist', async () => {
  const routes = routesOf(await loadSandboxes());
  const [, section = ''] = readText('docs/sandbox.md').split(/^## (?:Faults|Control routes)$/m);
  const faults = [...section.matchAll(/^\| `(.+?)` \|/gm)].map(([, fault = '']) => fault);
  const problems: string[] = [];
  for (const fault of faults) readFault(fault, routes, problems);
  expect(faults.length).toBeGreaterThan(5);
  expect(problems).toEqual([]);
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
