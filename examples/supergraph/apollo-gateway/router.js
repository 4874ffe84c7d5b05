import { readFile } from 'node:fs/promises';
import { argv, env, stdout } from 'node:process';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';

// The subgraph that needs the caller's credential. It is a key to the REST API, so no other subgraph gets it.
const credentialFor = 'enrollment';

class DataSourceWithCredential extends RemoteGraphQLDataSource {
  willSendRequest({ request, context: { authorization } }) {
    if (authorization) request.http?.headers.set('authorization', authorization);
  }
}

const [file = 'supergraph.graphql'] = argv.slice(2);

const server = new ApolloServer({
  gateway: new ApolloGateway({
    supergraphSdl: await readFile(file, 'utf8'),
    buildService: ({ name, url }) =>
      name === credentialFor
        ? // With "apq", the router sends the hash of a document that this subgraph knows.
          new DataSourceWithCredential({ url, apq: true })
        : new RemoteGraphQLDataSource({ url }),
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
