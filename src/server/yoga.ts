import type { DocumentNode, GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import type { GatewayContext } from '../graphql/context.ts';
import { type Activity, useActivity } from './activity.ts';
import { useAuthorization } from './authorization.ts';
import { type EstimateCost, useCostLimit } from './cost.ts';
import { useCors, useCsrfPrevention } from './cross-site.ts';
import { useErrorHandling } from './error-handling.ts';
import { useReferenceExecution } from './execution.ts';
import { useExplain } from './explain.ts';
import { type GraphiqlSetup, graphiqlOptions, renderGraphiqlPage } from './graphiql.ts';
import { useHealth } from './health.ts';
import { useIntrospection } from './introspection.ts';
import { type RequestLimits, useLimits } from './limits.ts';
import { type Logger, logOperation } from './logging.ts';
import { type Metrics, useMetrics } from './metrics.ts';
import { useOperationReports } from './operation-report.ts';
import { useQueryString } from './query-string.ts';
import { requestIdOf, useRequestId } from './request-id.ts';
import { useSecurityHeaders } from './security-headers.ts';
import { useSharedQueries } from './shared-queries.ts';
import { useShortMessages } from './suggestions.ts';
import { useTracing } from './tracing.ts';
import {
  documentIdParameters,
  type TrustedDocuments,
  useTrustedDocuments,
} from './trusted-documents.ts';
import type { Turns } from './turns.ts';

export interface ServerOptions {
  readonly schema: GraphQLSchema;
  readonly createContext: (request: Request, requestId: string) => Promise<GatewayContext>;
  /** Null: there is none. */
  readonly graphiql: GraphiqlSetup | null;
  readonly introspection: boolean;
  readonly limits: RequestLimits;
  readonly estimateCost: EstimateCost;
  readonly maxUpstreamCalls: number;
  /** Null: any document runs. */
  readonly trustedDocuments: TrustedDocuments | null;
  readonly corsOrigins: readonly string[];
  readonly isReady: () => boolean;
  /** Another number after each write of this process that ended. */
  readonly epoch: () => number;
  readonly activity: Activity;
  readonly turns: Turns;
  readonly metrics: Metrics;
  /** Whether callers may ask what an operation cost upstream. */
  readonly explains: boolean;
  readonly logger: Logger;
}

/** Documents are remembered by their texts: at most 16 million characters of them. */
const documentCacheBounds = {
  max: 1_000,
  maxSize: 16_000_000,
  sizeCalculation: (_value: unknown, text: string): number => text.length + 1,
};

/** The HTTP face: GraphQL and GraphiQL at `/graphql`, and the health routes. */
export const createServer = (options: ServerOptions) => {
  const { graphiql, logger, metrics } = options;
  const log = logOperation(logger);
  return createYoga<object, GatewayContext>({
    schema: options.schema,
    graphqlEndpoint: '/graphql',
    landingPage: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: false,
    parserAndValidationCache: {
      documentCache: new LRUCache<string, DocumentNode>(documentCacheBounds),
      errorCache: new LRUCache<string, Error>(documentCacheBounds),
    },
    extraParamNames: options.trustedDocuments ? documentIdParameters : [],
    logging: false,
    cors: false,
    graphiql: graphiql ? () => graphiqlOptions(graphiql, new Date()) : false,
    renderGraphiQL: renderGraphiqlPage,
    maskedErrors: false,
    context: ({ request }) => options.createContext(request, requestIdOf(request)),
    plugins: [
      useReferenceExecution(options.turns),
      useSharedQueries(options.epoch),
      useActivity(options.activity),
      useRequestId(),
      useSecurityHeaders(),
      useCors(options.corsOrigins),
      useHealth(options.isReady),
      useCsrfPrevention(),
      useQueryString(),
      ...(options.trustedDocuments ? [useTrustedDocuments(options.trustedDocuments)] : []),
      useLimits(options.limits, !options.introspection),
      useIntrospection(options.introspection),
      useErrorHandling((cause, requestId) =>
        logger.error({ requestId, err: cause }, 'a resolver failed unexpectedly'),
      ),
      useShortMessages(!options.introspection),
      useTracing(),
      useMetrics(metrics),
      ...(options.explains ? [useExplain()] : []),
      useOperationReports((operation) => {
        metrics.onOperation(operation);
        log(operation);
      }),
      useAuthorization(),
      useCostLimit(options.estimateCost, options.maxUpstreamCalls),
    ],
  });
};
