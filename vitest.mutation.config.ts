import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';
import { keptWorker } from './scripts/mutation/kept-worker.ts';
import { oneGraphql } from './vitest.config.ts';

/** Replaces the pool after the configuration is resolved, because Stryker sets its own pool. */
const keepWorker: Plugin = {
  name: 'keep-worker',
  configureVitest: ({ project }) => {
    Object.assign(project.config, { pool: keptWorker.name, poolRunner: keptWorker });
  },
};

/** Tests start the gateway in this process instead of a separate one, because the built gateway contains no mutants. */
const inProcess = fileURLToPath(new URL('scripts/mutation/gateway-in-process.ts', import.meta.url));

/** The configuration of `npm run test:mutation`. Nothing is built, because the tests must run the sources with mutants. */
export default defineConfig({
  plugins: [keepWorker],
  resolve: {
    alias: [
      oneGraphql,
      {
        find: /^(?:\.\.?\/)+(?:support\/)?(?:gateway\/)?gateway-process\.ts$/,
        replacement: inProcess,
      },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['./scripts/mutation/no-mutant.ts'],
    isolate: false,
    // A mutant often makes a test and its hooks wait until the timeout.
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
});
