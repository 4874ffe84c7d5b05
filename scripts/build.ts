import { cp, readdir, rm } from 'node:fs/promises';
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
  undici: `exports.Pool = require('undici/lib/dispatcher/pool.js');
    exports.buildConnector = require('undici/lib/core/connect.js');`,
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

/** Files that the gateway reads at run time, by their folder in `dist/`. Modules there find them by a relative URL. */
const folders: Readonly<Record<string, string>> = { examples: 'src/server/graphiql/examples' };

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
    plugins: [narrow],
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
  for (const [folder, source] of Object.entries(folders)) {
    await cp(inRepository(source), join(outdir, folder), { recursive: true });
  }
  // Afterwards, so that the files are never missing: what is left of other builds.
  const outputs = Object.keys(metafile.outputs).map((path) => basename(path));
  const written = new Set([...outputs, ...Object.keys(folders)]);
  for (const name of await readdir(outdir)) {
    if (!written.has(name)) await rm(join(outdir, name), { recursive: true });
  }
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildGateway();
