import { ask } from './ask';
import { subscribeByFetch } from './events';
import { follow } from './follow';
import { subscribeByGraphqlSse } from './graphql-sse';
import { subscribeByGraphqlWs } from './graphql-ws';
import { TokenChanges, TokenDetails } from './operations';

const followWith =
  (createSubscribe) =>
  ({ url, authorization }, { delaySeconds, ...options }) => {
    const key = authorization.replace('Bearer ', '');
    const seen = { changes: [], starts: 0, stopped: null };
    const stop = follow(createSubscribe(url, key, TokenChanges), {
      ...options,
      delaySeconds: () => delaySeconds,
      onChange: (change) => seen.changes.push(change),
      onStart: () => (seen.starts += 1),
      onStop: ({ extensions }, cursor) => (seen.stopped = { code: extensions.code, cursor }),
    });
    Object.assign(globalThis.clients, { seen: () => seen, stop });
  };

globalThis.clients = {
  ask: ({ url, authorization }, id) =>
    ask(url, authorization.replace('Bearer ', ''), TokenDetails, { id }),
  fetch: followWith(subscribeByFetch),
  graphqlSse: followWith(subscribeByGraphqlSse),
  graphqlWs: followWith(subscribeByGraphqlWs),
};
