import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

export const gatewayConfig = {
  unifiedGraphHandler,
  // The caller's credential goes to every subgraph: the gateway knows callers by it, and nothing else.
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => {
      const authorization = request.headers.get('authorization');
      return authorization === null ? {} : { authorization };
    },
  },
};
