import { Suspense } from 'react';
import { RelayEnvironmentProvider } from 'react-relay';
import { createEnvironment } from './relay/environment';
import { createEvents, followTokens } from './relay/follow';
import { createRefresh } from './relay/refresh';
import { Tokens } from './relay/tokens';
import { run } from './run';

run(({ url, key, input }) => {
  const environment = createEnvironment(url, key, createEvents(url, key));
  return {
    refresh: createRefresh(environment),
    follow: (options) => followTokens(environment, options),
    render: (filter) => (
      <RelayEnvironmentProvider environment={environment}>
        <Suspense>
          <Tokens key={JSON.stringify(filter)} filter={filter} input={input} />
        </Suspense>
      </RelayEnvironmentProvider>
    ),
  };
});
