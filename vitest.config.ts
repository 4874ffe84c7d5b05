import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
  resolve: {
    // graphql ships ESM and CommonJS side by side; two loaded copies make every instanceof fail.
    alias: [{ find: /^graphql$/, replacement: require.resolve('graphql') }],
  },
  test: {
    include: ['test/**/*.test.ts'],
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
});
