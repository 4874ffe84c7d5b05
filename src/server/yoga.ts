import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { GatewayContext } from '../graphql/context.ts';
import { type Activity, useActivity } from './activity.ts';
import { useErrorHandling } from './error-handling.ts';
import { useExplain } from './explain.ts';
import { graphiqlOptions } from './graphiql.ts';
import { useHealth } from './health.ts';
import { useIntrospection } from './introspection.ts';
import { type Logger, useOperationLog } from './logging.ts';
import { type Metrics, useMetrics } from './metrics.ts';
import { requestIdOf, useRequestId } from './request-id.ts';
import { useTracing } from './tracing.ts';

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly createContext: (request: Request, requestId: string) => GatewayContext;
  readonly graphiql: boolean;
  readonly introspection: boolean;
  /** Somebody whom GraphiQL's examples can ask for. */
  readonly exampleEmail: string;
  readonly isReady: () => boolean;
  readonly activity: Activity;
  readonly metrics: Metrics;
  /** Whether callers may ask what an operation cost upstream. */
  readonly explains: boolean;
  readonly logger: Logger;
}

/** The HTTP face: GraphQL and GraphiQL at `/graphql`, and the health routes. */
export const createServer = (options: ServerOptions) => {
  const { logger } = options;
  return createYoga<object, GatewayContext>({
    schema: options.schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    logging: false,
    cors: false,
    graphiql: options.graphiql ? graphiqlOptions(options.exampleEmail) : false,
    renderGraphiQL,
    maskedErrors: false,
    context: ({ request }) => options.createContext(request, requestIdOf(request)),
    plugins: [
      useActivity(options.activity),
      useRequestId(),
      useHealth(options.isReady),
      useIntrospection(options.introspection),
      useErrorHandling((cause, requestId) =>
        logger.error({ requestId, err: cause }, 'a resolver failed unexpectedly'),
      ),
      useTracing(),
      useMetrics(options.metrics),
      ...(options.explains ? [useExplain()] : []),
      useOperationLog(logger),
    ],
  });
};
