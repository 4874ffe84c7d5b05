import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const inRepository = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Of undici, the gateway uses the pool alone. The entry point would also load fetch, cookies and caches at the start. */
const usedOfUndici = `exports.Pool = require('undici/lib/dispatcher/pool.js');
  exports.buildConnector = require('undici/lib/core/connect.js');`;

const narrowUndici: Plugin = {
  name: 'the used part of undici',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^undici$/ }, () => ({ path: 'undici', namespace: 'narrow' }));
    onLoad({ filter: /^undici$/, namespace: 'narrow' }, () => ({
      contents: usedOfUndici,
      resolveDir: inRepository(''),
    }));
  },
};

/** Bundles `subgraph.graphql` as text, in place of the module that reads it from the repository. */
const subgraphAsText: Plugin = {
  name: 'subgraph.graphql as text',
  setup: ({ onLoad }) => {
    onLoad({ filter: /[\\/]subgraph-sdl\.ts$/ }, async () => {
      const text = await readFile(inRepository('subgraph.graphql'), 'utf8');
      return { contents: `export const readSubgraphSdl = () => ${JSON.stringify(text)};` };
    });
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
    entryPoints: [
      { in: 'src/main.ts', out: 'main' },
      { in: 'src/sandbox.ts', out: 'sandbox' },
      // Started as a thread.
      { in: 'src/server/graphiql/page-worker.js', out: 'page-worker' },
    ],
    outdir,
    bundle: true,
    plugins: [narrowUndici, subgraphAsText],
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
