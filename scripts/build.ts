import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const inRepository = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * Entry points that would load far more at the start than the gateway uses of their packages, and what is bundled in
 * their place: of undici the pool without fetch, cookies and caches; of Apollo's the printing of a subgraph, loaded
 * when the first router asks for it.
 */
const narrowEntryPoints: Readonly<Record<string, string>> = {
  undici: `exports.Pool = require('undici/lib/dispatcher/pool.js');`,
  '@apollo/subgraph': `exports.printSubgraphSchema = (schema) =>
    require('@apollo/subgraph/dist/printSubgraphSchema.js').printSubgraphSchema(schema);`,
};

const narrow: Plugin = {
  name: 'narrow entry points',
  setup: ({ onResolve, onLoad }) => {
    for (const [name, contents] of Object.entries(narrowEntryPoints)) {
      const filter = new RegExp(`^${name}$`);
      onResolve({ filter }, () => ({ path: name, namespace: 'narrow' }));
      onLoad({ filter, namespace: 'narrow' }, () => ({ contents, resolveDir: inRepository('') }));
    }
  },
};

/**
 * Two shortcuts in graphql's execution, with the same answers (decision 016): a field that takes no arguments needs no
 * map of them, and the object of a result is of a class, though one without a prototype's names, so that it is no
 * dictionary to fill and to print.
 */
const shortcuts: readonly { readonly file: string; readonly from: string; readonly to: string }[] =
  [
    {
      file: 'values.js',
      from: 'function getArgumentValues(def, node, variableValues) {',
      to: `function getArgumentValues(def, node, variableValues) {
  if (def.args.length === 0) return {};`,
    },
    {
      file: 'execute.js',
      from: `function executeFields(exeContext, parentType, sourceValue, path, fields) {
  const results = Object.create(null);`,
      to: `function ResultObject() {}
ResultObject.prototype = Object.create(null);

function executeFields(exeContext, parentType, sourceValue, path, fields) {
  const results = new ResultObject();`,
    },
  ];

const shorten: Plugin = {
  name: 'shortcuts in graphql',
  setup: ({ onLoad }) => {
    for (const { file, from, to } of shortcuts) {
      onLoad(
        { filter: new RegExp(`/node_modules/graphql/execution/${file}$`) },
        async ({ path }) => {
          const text = await readFile(path, 'utf8');
          if (text.split(from).length !== 2) {
            throw new Error(`graphql's ${file} has changed: see docs/decisions/016.`);
          }
          return { contents: text.replace(from, to) };
        },
      );
    }
  },
};

/**
 * Writes `dist/`: the gateway and the sandbox, each one file with all that it needs, and what is loaded later in files
 * of its own. Types are not checked here; `npm run sources` does that.
 */
export const buildGateway = async (): Promise<void> => {
  const outdir = inRepository('dist');
  const { metafile } = await build({
    absWorkingDir: inRepository(''),
    entryPoints: ['src/main.ts', 'src/sandbox.ts'],
    outdir,
    bundle: true,
    plugins: [narrow, shorten],
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    // Node reads half as much at the start; names stay, and the maps lead from a stack to the source.
    minifySyntax: true,
    minifyWhitespace: true,
    lineLimit: 160,
    metafile: true,
    // Packages in CommonJS ask for Node's own modules by `require`, which modules do not have.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
    },
  });
  // Afterwards, so that the files are never missing: what is left of other builds.
  const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
  for (const name of await readdir(outdir)) {
    if (!written.has(name)) await rm(join(outdir, name), { recursive: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildGateway();
