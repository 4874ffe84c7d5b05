import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Plugin } from 'esbuild';
import {
  type ClientPages,
  clientsFolder,
  hasClients,
  loadClientPackage,
  startClientPages,
} from './client-page.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** The public schema. */
export const schemaFile = join(root, 'schema.graphql');
const relayCompiler = join(root, 'test/e2e/relay/node_modules/relay-compiler/cli.js');

/** Whether the packages of the clients and of Relay's compiler are installed. */
export const hasRecipes = hasClients && existsSync(relayCompiler);

const page = readFileSync(join(root, 'docs/clients.md'), 'utf8');

/** The files that `docs/clients.md` prints, by their paths. A block names its file after its language. */
export const recipeFiles: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)].map(([, path = '', text = '']) => [
    path,
    text,
  ]),
);

const run = promisify(execFile);

/** The printed files, with what their generators made of them, in a folder beside the schema and the packages. */
export interface Recipes {
  readonly folder: string;
  readonly write: (name: string, text: string) => Promise<void>;
  /** Compiles all files in TypeScript's strict mode; returns what the compiler prints. */
  readonly check: () => Promise<string>;
  /** Serves a page for each of these scripts of `test/e2e/clients/recipes`. */
  readonly serve: (...scripts: readonly string[]) => Promise<ClientPages>;
  readonly remove: () => Promise<void>;
}

/** Replaces Relay's queries in the code with what the compiler made of them, as Relay's own documentation sets it up. */
const relayQueries: Plugin = {
  name: 'relay-queries',
  setup: ({ onLoad }) => {
    const { transformAsync } = loadClientPackage('@babel/core');
    onLoad({ filter: /\/relay\/[\w-]+\.tsx?$/ }, async ({ path }) => {
      const { code } = await transformAsync(await readFile(path, 'utf8'), {
        cwd: clientsFolder,
        filename: path,
        babelrc: false,
        configFile: false,
        parserOpts: { plugins: ['jsx', 'typescript'] },
        plugins: [['babel-plugin-relay', { eagerEsModules: true }]],
      });
      return { contents: code, loader: 'tsx' };
    });
  },
};

/** Writes the printed files, and runs the generators of GraphQL Code Generator and Relay on them. */
export const createRecipes = async (): Promise<Recipes> => {
  const folder = await mkdtemp(join(tmpdir(), 'recipes-'));
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };
  await cp(`${clientsFolder}recipes`, folder, { recursive: true });
  for (const [name, text] of recipeFiles) await write(name, text);
  await write('package.json', JSON.stringify({ type: 'module' }));
  await symlink(schemaFile, join(folder, 'schema.graphql'));
  await symlink(`${clientsFolder}node_modules`, join(folder, 'node_modules'));
  const codegen = 'node_modules/@graphql-codegen/cli/cjs/bin.js';
  await Promise.all([
    run(execPath, [codegen, '--config', 'codegen.ts'], { cwd: folder }),
    run(execPath, ['urql/write-schema.js'], { cwd: folder }),
    run(execPath, [relayCompiler, 'relay.config.json'], { cwd: join(folder, 'relay') }),
  ]);
  return {
    folder,
    write,
    check: async () => {
      const compiler = join(root, 'node_modules/typescript/bin/tsc');
      return run(execPath, [compiler, '-p', '.'], { cwd: folder }).then(
        () => '',
        ({ stdout }: { stdout: string }) => stdout,
      );
    },
    serve: (...names) =>
      startClientPages(
        Object.fromEntries(names.map((name) => [name, join(folder, `${name}.jsx`)])),
        {
          // The warnings of the clients are in their development builds.
          define: { 'process.env.NODE_ENV': '"development"', global: 'globalThis' },
          conditions: ['development'],
          jsx: 'automatic',
          plugins: [relayQueries],
        },
      ),
    remove: () => rm(folder, { recursive: true }),
  };
};
