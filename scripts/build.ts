import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const inRepository = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/**
 * Writes `dist/`: the gateway and the sandbox, each one file with all that it needs, and what is loaded later in files
 * of its own. Types are not checked here; `npm run types` does that.
 */
export const buildGateway = async (): Promise<void> => {
  const outdir = inRepository('dist');
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: inRepository(''),
    entryPoints: ['src/main.ts', 'src/sandbox.ts'],
    outdir,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    sourcemap: true,
    // Packages in CommonJS ask for Node's own modules by `require`, which modules do not have.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
    },
  });
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildGateway();
