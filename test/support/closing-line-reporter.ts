import process from 'node:process';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

/** Prints `N passed, N failed[, N skipped]` at the end of a run. Fails a run in which no test passed. */
export default class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const counts = { passed: 0, failed: unhandled.length, skipped: 0 };
    for (const module of modules) {
      let moduleFailures = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') moduleFailures += 1;
        else counts.skipped += 1;
      }
      if (module.state() === 'failed' && moduleFailures === 0) moduleFailures = 1;
      counts.failed += moduleFailures;
    }
    const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
    process.on('exit', () => {
      if (counts.passed === 0 && !process.exitCode) process.exitCode = 1;
      process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
    });
  }
}
