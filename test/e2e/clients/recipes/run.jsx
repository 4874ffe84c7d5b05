import { createRoot } from 'react-dom/client';
import { poll } from './poll';

/** Gives a test `start` with a gateway and an input, then `show` with a filter. Each start begins with an empty cache. */
export const run = (create) => {
  let recipe;
  let root;
  let refreshed = 0;
  let stop = () => {};
  globalThis.clients = {
    start: ({ url, authorization }, input) => {
      root?.unmount();
      root = createRoot(document.body.appendChild(document.createElement('main')));
      recipe = create({ url, key: authorization.replace('Bearer ', ''), input });
    },
    show: (_gateway, filter) => root.render(recipe.render(filter)),
    refresh: () => recipe.refresh(),
    poll: (_gateway, everySeconds) => {
      poll(() => recipe.refresh().finally(() => (refreshed += 1)), everySeconds);
    },
    refreshed: () => refreshed,
    follow: (_gateway, delaySeconds) => {
      stop = recipe.follow({
        delaySeconds: () => delaySeconds,
        onStop: ({ message }) => {
          throw new Error(message);
        },
      });
    },
    stop: () => stop(),
  };
};
