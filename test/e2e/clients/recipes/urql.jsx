import { Provider } from 'urql';
import { run } from './run';
import { createClient } from './urql/client';
import { followTokens } from './urql/follow';
import { createRefresh } from './urql/refresh';
import { Tokens } from './urql/tokens';

run(({ url, key, input }) => {
  const client = createClient(url, key);
  return {
    refresh: createRefresh(client),
    follow: (options) => followTokens(client, options),
    render: (filter) => (
      <Provider value={client}>
        <Tokens key={JSON.stringify(filter)} filter={filter} input={input} />
      </Provider>
    ),
  };
});
