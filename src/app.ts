import type { Server } from 'node:http';
import type { Writable } from 'node:stream';
import { createChanges } from './app/changes.ts';
import { createContextFactory } from './app/context.ts';
import { createCreations } from './app/creations.ts';
import { setUpGraphiql } from './app/graphiql.ts';
import { openLog } from './app/log.ts';
import { createSharedLookups } from './app/lookups.ts';
import { sharedSchema } from './app/schema.ts';
import { openState } from './app/shared-state.ts';
import { connectUpstream, type Upstream } from './app/upstream.ts';
import { openWebhooks } from './app/webhooks.ts';
import type { Config } from './config.ts';
import { pageSizesFor } from './graphql/input-limits.ts';
import { createPricing, mostIds } from './graphql/pricing/pricing.ts';
import { maxPixels } from './graphql/types/qr-code.ts';
import { platforms } from './platforms/registry.ts';
import { createOperationQueue } from './server/execution/operation-queue.ts';
import { zlibCompressors } from './server/http/encoding/text-compression.ts';
import { createHttpServer } from './server/http/server.ts';
import { drainServer, drainTimes } from './server/life-cycle/drain.ts';
import { createPendingWork } from './server/life-cycle/pending-work.ts';
import { logOperation, logSurprises, type WriteLog } from './server/telemetry/logging.ts';
import { createMetrics } from './server/telemetry/metrics.ts';
import type { OperationReport } from './server/telemetry/operation-report.ts';
import { createGraphqlServer } from './server/yoga.ts';

export type { Upstream } from './app/upstream.ts';

/**
 * Assembles the gateway. Opens no port and reads no environment. Resolves when Redis has been reached, or after
 * about a second without it. Redis is then connected in the background, and creates with a key are refused until then.
 * Throws ConfigError if this Redis can never be used. `logTo` is a stream, which may fail, or takes each line.
 */
export const createApp = async (config: Config, upstream: Upstream, logTo: Writable | WriteLog) => {
  const log = openLog(config, logTo);
  const { logger, auditLogger } = log;
  const state = await openState(config, logger);
  const operationQueue = createOperationQueue(config.requestTimeoutMs);
  const pendingWork = createPendingWork();
  const draining = new AbortController();
  const closed = new AbortController();

  const logSurprise = logSurprises(logger);
  const onSurprise = (kind: string): void => {
    metrics.onSurprise(kind);
    logSurprise(kind);
  };
  // The callbacks are not called before `metrics` and `changes` are set.
  const api = connectUpstream(config, upstream, state, {
    onSurprise,
    onEvent: (event) => metrics.onTransportEvent(event),
    onWrite: (organizationId) => changes.hint(organizationId, 'write'),
  });
  const metrics = createMetrics({
    load: api.load,
    waitingOperations: operationQueue.waitingCount,
    followed: () => changes.load(),
    isStoreUp: state.isUp,
    storeFailures: state.failures,
    logFailures: log.failures,
  });
  const lookups = createSharedLookups(config, state, api);
  const changes = createChanges({
    ...{ config, api, state, logger, metrics, onSurprise },
  });
  const creations = createCreations(config, state, {
    draining: draining.signal,
    closed: closed.signal,
  });
  const pageLimits = {
    ...pageSizesFor(config.maxPageSize),
    maxScanItems: config.maxScanItems,
    maxLimit: config.upstreamMaxLimit,
  };
  const logReport = logOperation(logger);
  const report = (operation: OperationReport): void => {
    metrics.onOperation(operation);
    logReport(operation);
  };
  const schema = sharedSchema(config.maxPageSize);
  const graphql = createGraphqlServer({
    schema,
    createContext: createContextFactory({
      ...{ config, upstream, api, lookups, creations, changes, logger, auditLogger },
      ...{ metrics, onSurprise },
      limits: pageLimits,
      hash: state.hash,
    }),
    introspection: config.introspection,
    limits: config,
    estimateCost: createPricing(schema, {
      ...pageLimits,
      bulkChunkSize: config.bulkChunkSize,
      platforms: platforms.length,
    }),
    costLimits: { calls: config.maxUpstreamCalls, ids: mostIds, pixels: maxPixels },
    trustedDocuments: config.trustedDocuments,
    persistedQueries: state.persistedQueries,
    corsOrigins: config.corsOrigins,
    isReady: () => !draining.signal.aborted,
    writeGeneration: () => api.sharedReads.latestGeneration(),
    pendingWork,
    operationQueue,
    metrics,
    explains: !config.production,
    logger,
    report,
  });

  return {
    /** Creates the HTTP server of the gateway, not yet listening. */
    createHttpServer: () =>
      createHttpServer({
        ...{ graphql, pendingWork, report, metrics, maxSockets: config.maxSubscriptions },
        draining: draining.signal,
        corsOrigins: config.corsOrigins,
        graphiql: setUpGraphiql(config, upstream),
        webhooks: openWebhooks(config, changes, metrics),
        compressors: config.compression ? zlibCompressors : {},
        onFailure: (cause, requestId) =>
          logger.error({ requestId, err: cause }, 'a request failed unexpectedly'),
      }),
    logger,
    /** Writes a line to the output of the log, whatever the log level is. */
    writeLine: (text: string): void => log.write(`${text}\n`),
    /** Resolves when nothing is in progress and no request has come for `idleMs` milliseconds. */
    whenIdle: pendingWork.whenIdle,
    /** Begins the drain: `/health/ready` answers 503, each answer ends its connection, and no further bulk chunk is sent. */
    drain: (): void => {
      draining.abort();
      changes.end();
    },
    /** Waits, after `drain`, until no request is in progress, for 24 s at most; closes the port. */
    finish: (server: Server): Promise<void> => drainServer(server, pendingWork.whenIdle),
    /** How long a caller should wait for `close`, in milliseconds. */
    closeMs: drainTimes.closeMs,
    /** Ends the connections to the API and to Redis. Call it when no operation is in progress. */
    close: async (): Promise<void> => {
      closed.abort();
      await api.close();
      state.close();
    },
  };
};

export type App = Awaited<ReturnType<typeof createApp>>;
