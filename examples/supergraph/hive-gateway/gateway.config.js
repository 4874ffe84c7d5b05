import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

export const gatewayConfig = {
  unifiedGraphHandler,
  // Forwards the caller's credential to every subgraph. The gateway identifies callers only by their credential.
  propagateHeaders: {
    fromClientToSubgraphs: ({ request }) => {
      const authorization = request.headers.get('authorization');
      return authorization === null ? {} : { authorization };
    },
  },
};
