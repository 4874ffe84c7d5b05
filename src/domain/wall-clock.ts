import type { WallClock } from './ports.ts';

/** This process's clock. */
export const wallClock: WallClock = {
  epochMs: () => Date.now(),
  wait: (delayMs, signal) =>
    new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, delayMs);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    }),
};
