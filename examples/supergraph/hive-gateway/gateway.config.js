import { unifiedGraphHandler } from '@graphql-hive/router-runtime';

// The subgraph that needs the caller's credential. It is a key to the REST API, so no other subgraph gets it.
const credentialFor = 'enrollment';

export const gatewayConfig = {
  unifiedGraphHandler,
  propagateHeaders: {
    fromClientToSubgraphs: ({ request, subgraphName }) => {
      const authorization = request.headers.get('authorization');
      if (authorization === null || subgraphName !== credentialFor) return {};
      return { authorization };
    },
  },
};
