import type { GraphQLSchema } from 'graphql';
import { createYoga } from 'graphql-yoga';
import type { TrustedDocuments } from '../config.ts';
import type { PersistedQueries } from '../domain/persisted-queries.ts';
import type { GatewayContext } from '../graphql/context.ts';
import { useAuthorization } from './auth/authorization.ts';
import { useIntrospection } from './auth/introspection.ts';
import {
  documentIdParameters,
  useNoTrustedDocuments,
  useTrustedDocuments,
  withTrustedDocuments,
} from './auth/trusted-documents.ts';
import { useErrorHandling } from './errors/error-handling.ts';
import { useShortMessages } from './errors/short-messages.ts';
import { useDocumentCache } from './execution/document-cache.ts';
import type { OperationQueue } from './execution/operation-queue.ts';
import { usePersistedQueries } from './execution/persisted-queries.ts';
import {
  executeOrSubscribe,
  useEventExecution,
  useReferenceExecution,
} from './execution/reference-execution.ts';
import { useSharedQueries } from './execution/shared-queries.ts';
import { corsOptions, useCsrfPrevention } from './http/cross-site.ts';
import { useQueryString } from './http/query-string.ts';
import { useSecurityHeaders } from './http/security-headers.ts';
import { useHealth } from './life-cycle/health.ts';
import { type PendingWork, usePendingWork } from './life-cycle/pending-work.ts';
import { useCallLimit } from './limits/call-limit.ts';
import { type CostLimits, type EstimateCost, useCostLimit } from './limits/cost.ts';
import { type RequestLimits, useRequestLimits } from './limits/request-limits.ts';
import { useVariableCheck } from './limits/variables.ts';
import { createEventExecution } from './subscriptions/event-execution.ts';
import { useSubscriptions } from './subscriptions/subscriptions.ts';
import { useExplain } from './telemetry/explain.ts';
import { type Logger, logRefusedCaller } from './telemetry/logging.ts';
import { type Metrics, useMetrics } from './telemetry/metrics.ts';
import { type OperationReport, useOperationReports } from './telemetry/operation-report.ts';
import { requestIdOf, useRequestId } from './telemetry/request-id.ts';
import { useTracing } from './telemetry/tracing.ts';
import { useWebSocketResults } from './websocket/results.ts';

export interface GraphqlServerOptions {
  readonly schema: GraphQLSchema;
  readonly createContext: (request: Request, requestId: string) => Promise<GatewayContext>;
  readonly introspection: boolean;
  readonly limits: RequestLimits;
  readonly estimateCost: EstimateCost;
  readonly costLimits: CostLimits;
  /** Null: any document runs. */
  readonly trustedDocuments: TrustedDocuments | null;
  readonly persistedQueries: PersistedQueries;
  readonly corsOrigins: readonly string[];
  readonly isReady: () => boolean;
  /** A number that changes when a write of this process has ended. */
  readonly writeGeneration: () => number;
  readonly pendingWork: PendingWork;
  readonly operationQueue: OperationQueue;
  readonly metrics: Metrics;
  /** Whether callers may ask for the upstream calls of an operation. */
  readonly explains: boolean;
  readonly logger: Logger;
  readonly report: (operation: OperationReport) => void;
}

/** Creates the GraphQL server: GraphQL at `/graphql`, the health routes and `/metrics`. */
export const createGraphqlServer = (options: GraphqlServerOptions) => {
  const { logger, metrics, persistedQueries, trustedDocuments } = options;
  const onBug = (cause: unknown, requestId: string): void =>
    logger.error({ requestId, err: cause }, 'a resolver failed unexpectedly');
  const explain = options.explains ? [useExplain()] : [];
  /** What every execution of an event needs. What concerns the request was done when the subscription started. */
  const eventPlugins = [
    useEventExecution(),
    useCallLimit(options.costLimits.calls),
    usePendingWork(options.pendingWork),
    useErrorHandling(onBug),
    useTracing(),
    ...explain,
  ];
  return createYoga<object, GatewayContext>({
    schema: options.schema,
    graphqlEndpoint: '/graphql',
    // No URL ends with a space. yoga's own health check would answer every query string that ends with `/health`.
    healthCheckEndpoint: ' ',
    landingPage: false,
    batching: false,
    multipart: false,
    maxRequestBodySize: false,
    // This cache would keep documents that are not valid (decision 021).
    parserAndValidationCache: false,
    extraParamNames: documentIdParameters,
    logging: false,
    // A function: yoga would answer every page with the only origin of a list, and allow credentials.
    cors:
      options.corsOrigins.length > 0 &&
      (({ headers }) => corsOptions(headers.get('origin'), options.corsOrigins)),
    // The HTTP layer serves the page.
    graphiql: false,
    maskedErrors: false,
    // Node's own: with yoga's, the comments of an event stream pile up for a client that does not read (decision 040).
    fetchAPI: { ReadableStream },
    context: ({ request }) => options.createContext(request, requestIdOf(request)),
    plugins: [
      useReferenceExecution(options.operationQueue, executeOrSubscribe),
      useCallLimit(options.costLimits.calls),
      useSharedQueries(options.writeGeneration),
      usePendingWork(options.pendingWork),
      useRequestId(),
      useSecurityHeaders(),
      useHealth(options.isReady),
      useCsrfPrevention(),
      useQueryString(),
      useDocumentCache(),
      useRequestLimits(options.limits, !options.introspection),
      // An id in a parameter comes before a hash in the extensions.
      ...(trustedDocuments ? [useTrustedDocuments(trustedDocuments)] : []),
      usePersistedQueries(
        trustedDocuments
          ? withTrustedDocuments(trustedDocuments, persistedQueries)
          : persistedQueries,
      ),
      ...(trustedDocuments ? [] : [useNoTrustedDocuments()]),
      useIntrospection(options.introspection),
      useErrorHandling(onBug),
      useShortMessages(!options.introspection),
      useTracing(),
      useMetrics(metrics),
      ...explain,
      useOperationReports(options.report),
      useWebSocketResults(),
      useAuthorization(logRefusedCaller(logger)),
      useVariableCheck(),
      useCostLimit(options.estimateCost, options.costLimits),
      useSubscriptions({
        executeEvent: createEventExecution(eventPlugins),
        waitForTurn: options.operationQueue.waitForEvent,
        onEvent: metrics.onEvent,
        report: options.report,
        onBug,
      }),
    ],
  });
};
