import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

/** Tests that need the machine for themselves, or half a minute: `vitest run --mode alone` runs them one after another. */
const alone = 'test/**/*.alone.test.ts';

/** graphql ships ESM and CommonJS side by side; two loaded copies make every instanceof fail. */
export const oneGraphql = { find: /^graphql$/, replacement: require.resolve('graphql') };

export default defineConfig(({ mode }) => ({
  resolve: { alias: [oneGraphql] },
  test: {
    include: mode === 'alone' ? [alone] : ['test/**/*.test.ts'],
    // The packages of other clients bring tests of their own.
    exclude: ['**/node_modules/**', ...(mode === 'alone' ? [] : [alone])],
    fileParallelism: mode !== 'alone',
    reporters: ['default', './test/support/closing-line-reporter.ts'],
    globalSetup: './test/support/build.ts',
    maxWorkers: 3,
    // A tenth of the time is collecting garbage otherwise.
    execArgv: ['--max-semi-space-size=128', '--initial-old-space-size=1500'],
    isolate: false,
    // On a machine that others use, too, a test may stand still for many seconds.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
}));
