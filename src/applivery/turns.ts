/** Resolves in an iteration of the event loop that no other caller gets; callers take turns in the order of asking. */
export type TakeTurn = () => Promise<void>;

/** Work that takes tens of milliseconds is done one piece an iteration, so that other work runs in between. */
export const createTurns = (): TakeTurn => {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(
      () =>
        new Promise((resolve) => {
          setImmediate(resolve);
        }),
    );
    return last;
  };
};
