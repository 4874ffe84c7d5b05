import { readFile } from 'node:fs/promises';
import { argv, env, stdout } from 'node:process';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

// Forwards the caller's credential to every subgraph. The gateway identifies callers only by their credential.
class PropagatingDataSource extends RemoteGraphQLDataSource {
  willSendRequest({ request, context: { authorization } }) {
    if (authorization) request.http?.headers.set('authorization', authorization);
  }
}

const [file = 'supergraph.graphql'] = argv.slice(2);

const server = new ApolloServer({
  gateway: new ApolloGateway({
    supergraphSdl: await readFile(file, 'utf8'),
    buildService: ({ url }) => new PropagatingDataSource({ url }),
  }),
  introspection: true,
  plugins: [
    {
      serverWillStart: async () => ({
        renderLandingPage: async () => ({ html: renderGraphiQL({ title: 'Supergraph' }) }),
      }),
    },
  ],
});

const { url } = await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(env.PORT ?? 4100) },
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
});
stdout.write(`Ready: ${url}\n`);
