import { vi } from 'vitest';

/** Waits for a check to pass, with a timeout for busy machines. */
export const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 10_000 });
