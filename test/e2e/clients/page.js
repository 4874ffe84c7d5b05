// Runs in a page whose origin is not the gateway's. Each function uses a client in the way that its documents show.
import {
  ApolloClient,
  ApolloLink,
  gql as apolloGql,
  HttpLink,
  InMemoryCache,
} from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists';
import { Client, fetchExchange, gql } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { persistedExchange } from '@urql/exchange-persisted';
import {
  commitMutation,
  Environment,
  fetchQuery,
  Network,
  RecordSource,
  Store,
} from 'relay-runtime';

const sha256 = async (text) => {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

/** The headers of a page with error tracing. */
const tracing = {
  'sentry-trace': '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1',
  baggage: 'sentry-environment=test',
};

const createUrql = ({ url, authorization }, exchanges) =>
  new Client({
    url,
    exchanges: [...exchanges, fetchExchange],
    fetchOptions: { headers: { authorization, ...tracing } },
  });

const createApollo = ({ url, authorization }, links = []) =>
  new ApolloClient({
    cache: new InMemoryCache(),
    clientAwareness: { name: 'admin-console', version: '1.2.3' },
    link: ApolloLink.from([
      ...links,
      new HttpLink({ uri: url, headers: { authorization, ...tracing } }),
    ]),
  });

/** Resolves with the data, and the message of the error if there is one. */
const answerOf = ({ data, error }) => ({ data, ...(error && { error: error.message }) });

const isMutation = ({ definitions }) =>
  definitions.some(({ operation }) => operation === 'mutation');

globalThis.clients = {
  urql: async (gateway, query, variables) => {
    const client = createUrql(gateway, [
      cacheExchange({ keys: { WindowsPolicyScript: () => null } }),
    ]);
    return answerOf(await client.query(gql(query), variables).toPromise());
  },

  urqlPersisted: async (gateway, query, variables) => {
    const client = createUrql(gateway, [persistedExchange({ preferGetForPersistedQueries: true })]);
    return answerOf(await client.query(gql(query), variables).toPromise());
  },

  apollo: async (gateway, query, variables) =>
    answerOf(await createApollo(gateway).query({ query: apolloGql(query), variables })),

  apolloPersisted: async (gateway, query, variables, useGETForHashedQueries) => {
    const client = createApollo(gateway, [
      new PersistedQueryLink({ sha256, useGETForHashedQueries }),
    ]);
    return answerOf(await client.query({ query: apolloGql(query), variables }));
  },

  /** Apollo Client with the manifest of its own generator. It never sends a text. */
  apolloManifest: async (gateway, text, variables, manifest) => {
    const ids = generatePersistedQueryIdsFromManifest({ loadManifest: async () => manifest });
    const client = createApollo(gateway, [new PersistedQueryLink(ids)]);
    const document = apolloGql(text);
    return answerOf(
      isMutation(document)
        ? await client.mutate({ mutation: document, variables })
        : await client.query({ query: document, variables }),
    );
  },

  /** urql with a document of the client preset, which knows its hash. It never sends a text. */
  clientPreset: async (gateway, document, variables) => {
    const client = createUrql(gateway, [
      persistedExchange({
        enforcePersistedQueries: true,
        enableForMutation: true,
        generateHash: async (_text, { __meta__ }) => __meta__.hash,
      }),
    ]);
    const run = isMutation(document) ? 'mutation' : 'query';
    return answerOf(await client[run](document, variables).toPromise());
  },

  /** Relay with a compiled operation. The network layer sends the id that the compiler gave it. */
  relay: async ({ url, authorization }, operation, variables) => {
    const send = async ({ id }, given) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization },
        body: JSON.stringify({ documentId: id, variables: given }),
      });
      return response.json();
    };
    const environment = new Environment({
      network: Network.create(send),
      store: new Store(new RecordSource()),
    });
    if (operation.params.operationKind === 'query') {
      return { data: await fetchQuery(environment, operation, variables).toPromise() };
    }
    return new Promise((resolve, reject) => {
      commitMutation(environment, {
        mutation: operation,
        variables,
        onCompleted: (data) => resolve({ data }),
        onError: reject,
      });
    });
  },

  /** What a page can read of an answer to a credential that is refused. */
  refused: async ({ url }, query) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer unknown',
        accept: 'application/graphql-response+json',
      },
      body: JSON.stringify({ query }),
    });
    return {
      status: response.status,
      requestId: response.headers.get('x-request-id'),
      authenticate: response.headers.get('www-authenticate'),
    };
  },

  /** A GET without a preflight request, as a page of any site can send it. */
  forged: async ({ url }) => {
    const response = await fetch(`${url}?query={__typename}`, { mode: 'no-cors' }).catch(String);
    return typeof response === 'string' ? response : response.type;
  },
};
