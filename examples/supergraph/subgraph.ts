import { createServer } from 'node:http';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { createYoga } from 'graphql-yoga';

type Resolvers = NonNullable<
  Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: unknown }>['resolvers']
>;

/** A subgraph of another team. */
export interface Subgraph {
  readonly name: string;
  readonly sdl: string;
  readonly resolvers: Resolvers;
}

/** A subgraph that listens on a port. */
export interface RunningSubgraph {
  readonly name: string;
  readonly url: string;
  readonly close: () => void;
}

/** Serves a subgraph on the loopback interface; port 0 means a free port. */
export const serveSubgraph = async (
  { name, sdl, resolvers }: Subgraph,
  port = 0,
): Promise<RunningSubgraph> => {
  const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers });
  const server = createServer(createYoga({ schema, logging: false, graphiql: false }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const listening = typeof address === 'object' && address ? address.port : port;
  return {
    name,
    url: `http://127.0.0.1:${listening}/graphql`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
