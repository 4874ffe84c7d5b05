import { Suspense } from 'react';
import { RelayEnvironmentProvider } from 'react-relay';
import { createEnvironment } from './relay/environment';
import { createRefresh } from './relay/refresh';
import { Tokens } from './relay/tokens';
import { run } from './run';

run(({ url, key, input }) => {
  const environment = createEnvironment(url, key);
  return {
    refresh: createRefresh(environment),
    render: (filter) => (
      <RelayEnvironmentProvider environment={environment}>
        <Suspense>
          <Tokens key={JSON.stringify(filter)} filter={filter} input={input} />
        </Suspense>
      </RelayEnvironmentProvider>
    ),
  };
});
