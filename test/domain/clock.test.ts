import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/domain/clock.ts';

describe('a sleep on the clock of the machine', () => {
  it('ends when its time is over', async () => {
    const startedAtMs = systemClock.epochMs();
    expect(await sleep(systemClock, 20, new AbortController().signal)).toBe(true);
    expect(systemClock.epochMs() - startedAtMs).toBeGreaterThanOrEqual(18);
  });

  it('ends at once when the signal is aborted', async () => {
    const abort = new AbortController();
    const sleeping = sleep(systemClock, 600_000, abort.signal);
    abort.abort();
    expect(await sleeping).toBe(false);
    expect(await sleep(systemClock, 600_000, abort.signal)).toBe(false);
  });
});
