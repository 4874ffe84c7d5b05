import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vitest/config';
import { keptWorker } from './scripts/mutation/kept-worker.ts';
import { oneGraphql } from './vitest.config.ts';

/** Stryker sets the pool itself, so it is replaced once the configuration has been resolved. */
const keepWorker: Plugin = {
  name: 'keep-worker',
  configureVitest: ({ project }) => {
    Object.assign(project.config, { pool: keptWorker.name, poolRunner: keptWorker });
  },
};

/** What starts the gateway as a process, which would be built from sound sources, starts it in this one instead. */
const inProcess = fileURLToPath(new URL('scripts/mutation/gateway-in-process.ts', import.meta.url));

/** How `npm run test:mutation` runs the tests. Nothing is built: what runs is what has the faults. */
export default defineConfig({
  plugins: [keepWorker],
  resolve: {
    alias: [
      oneGraphql,
      { find: /^\.\.?\/(support\/)?gateway-process\.ts$/, replacement: inProcess },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['./scripts/mutation/no-mutant.ts'],
    isolate: false,
    // A fault often leaves a test waiting, and then its hooks.
    testTimeout: 10_000,
    hookTimeout: 10_000,
  },
});
