import { unifiedGraphHandler } from '@graphql-hive/router-runtime';
import { GraphQLError } from 'graphql';

// The subgraph that needs the caller's credential. It is a key to the REST API, so no other subgraph gets it.
const credentialFor = 'enrollment';

// The router takes the errors in the events of a subgraph as they are, and masks those that have a path, as if they were
// failures of its own. Clients would see "Unexpected error." in place of UNAUTHENTICATED.
const keepErrorsOfEvents = {
  onSubgraphExecute: () => () => ({
    onNext: ({ result, setResult }) => {
      if (!result.errors) return;
      const errors = result.errors.map(
        ({ message, path, extensions }) => new GraphQLError(message, { path, extensions }),
      );
      setResult({ ...result, errors });
    },
  }),
};

export const gatewayConfig = {
  unifiedGraphHandler,
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, subgraphName }) => {
      const authorization = request.headers.get('authorization');
      if (authorization === null || subgraphName !== credentialFor) return {};
      return { authorization };
    },
  },
  transportEntries: {
    // By default the router subscribes with a GET, whose URL has at most 16 KiB and is in the logs of proxies.
    enrollment: { options: { subscriptions: { kind: 'http', options: { method: 'POST' } } } },
  },
  plugins: () => [keepErrorsOfEvents],
};
