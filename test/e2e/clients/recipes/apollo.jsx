import { ApolloProvider } from '@apollo/client/react';
import { useChanges } from './apollo/changes';
import { createClient } from './apollo/client';
import { addEvents, followTokens } from './apollo/follow';
import { createRefresh } from './apollo/refresh';
import { Create, Tokens } from './apollo/tokens';
import { run } from './run';

const Changes = () => <p>{useChanges().data?.enrollmentTokens.edges.length}</p>;

run(({ url, key, input }) => {
  const client = createClient(url, key);
  addEvents(client, url, key);
  return {
    refresh: createRefresh(client),
    follow: (options) => followTokens(client, options),
    render: (filter) => (
      <ApolloProvider client={client}>
        {filter === 'changes' ? (
          <Changes />
        ) : (
          <>
            <Tokens key={JSON.stringify(filter)} filter={filter} />
            <Create input={input} />
          </>
        )}
      </ApolloProvider>
    ),
  };
});
