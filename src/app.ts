import type { Server } from 'node:http';
import type { Writable } from 'node:stream';
import { setImmediate as nextIteration } from 'node:timers/promises';
import type { GraphQLSchema } from 'graphql';
import { createMdmUsers, userShape } from './applivery/mdm-users.ts';
import { createOrganizations } from './applivery/organizations.ts';
import { createTenancy } from './applivery/tenancy.ts';
import { type Config, ConfigError } from './config.ts';
import { createBulkCreation } from './creation/bulk-creation.ts';
import { createTokenCreation } from './creation/creation.ts';
import { createLaterWrites } from './creation/later-writes.ts';
import { systemClock, wallClock } from './domain/clock.ts';
import { GatewayError } from './domain/errors.ts';
import type { KeyedHash } from './domain/keyed-hash.ts';
import type { Operation } from './domain/operation.ts';
import { createTaskQueue } from './domain/task-queue.ts';
import type { EnrollmentToken } from './domain/token.ts';
import type { GatewayContext } from './graphql/context.ts';
import { createFailureLimit } from './graphql/failure-limit.ts';
import { createPricing, mostIds } from './graphql/pricing/pricing.ts';
import { createSchema } from './graphql/schema.ts';
import { createQrCodeDrawing, maxPixels } from './graphql/types/qr-code.ts';
import { createLoaders } from './lookups/index.ts';
import { createLookups } from './lookups/lookups.ts';
import { entryShape } from './lookups/remembered.ts';
import { platforms } from './platforms/registry.ts';
import type { OnTransportEvent } from './rest/events.ts';
import { createTransport } from './rest/transport.ts';
import { createAcceptance } from './server/auth/acceptance.ts';
import { type Caller, createIdentification } from './server/auth/authentication.ts';
import { type SourceExamples, toExampleData } from './server/graphiql/example-data.ts';
import { createPlaceholders } from './server/graphiql/example-operations.ts';
import type { GraphiqlSetup } from './server/graphiql/graphiql.ts';
import { createHttpServer } from './server/http/server.ts';
import { createActivity } from './server/life-cycle/activity.ts';
import { drainServer, drainTimes } from './server/life-cycle/drain.ts';
import { createTurns } from './server/limits/turns.ts';
import { RequestOperation } from './server/operation.ts';
import { createLedger } from './server/telemetry/ledger.ts';
import { createLogOutput } from './server/telemetry/log-output.ts';
import {
  createLogger,
  logAudit,
  logBug,
  logFailures,
  logKeySetFailure,
  logMissing,
  logOperation,
  logRedisTrouble,
  toAuditLogger,
  type WriteLog,
} from './server/telemetry/logging.ts';
import { createMetrics } from './server/telemetry/metrics.ts';
import type { OperationReport } from './server/telemetry/operation-report.ts';
import { createRedaction } from './server/telemetry/redaction.ts';
import { createServer } from './server/yoga.ts';
import { createInFlight } from './sharing/in-flight.ts';
import { shareReads, shareUserReads } from './sharing/shared-reads.ts';
import { openSharedState, type SharedState } from './state/index.ts';
import { createMemoryQuota } from './state/memory/quota.ts';

/** The REST API that the gateway stands in front of. */
export interface Upstream {
  /** With the version, e.g. `https://api.applivery.io/v1`. */
  readonly baseUrl: string;
  /** Default organization, id or slug. */
  readonly organization: string | undefined;
  /** The Authorization header of callers who send none; only the embedded sandbox has one. */
  readonly anonymousAuthorization?: string;
  /** What GraphiQL's examples can ask for; only the embedded sandbox is known beforehand. */
  readonly examples?: SourceExamples;
}

const defaultPageSize = 20;

/** What cached lookups are made of, derived from the code that makes them. */
const lookupFormat = [
  userShape,
  entryShape,
  ...platforms.map(({ policyShape }) => policyShape),
].join(' ');

/** The REST API behind the domain's ports: equal reads under way are made once for each credential. */
const openUpstream = (
  config: Config,
  { baseUrl, organization }: Upstream,
  { quota, hash }: Pick<SharedState, 'quota' | 'hash'>,
  onSurprise: (kind: string) => void,
  onEvent: OnTransportEvent,
) => {
  const inFlight = createInFlight();
  const connection = createTransport({
    baseUrl,
    upstreamTimeoutMs: config.upstreamTimeoutMs,
    concurrency: config.upstreamConcurrency,
    quota,
    quotaBurst: config.upstreamQuota.burst,
    hashCredential: config.auth.kind === 'service' ? null : hash,
    onEvent,
  });
  const { allowedOrganizations = organization === undefined ? [] : [organization] } = config;
  const tenancy = createTenancy(allowedOrganizations, createOrganizations(connection));
  const transport = tenancy.guard(connection);
  const bounds = { maxLimit: config.upstreamMaxLimit, maxScanItems: config.maxScanItems };
  return {
    inFlight,
    load: () => connection.load(),
    isAccepted: (operation: Operation) => connection.isAccepted(operation.credential),
    platforms: platforms.map(({ createPlatform }) =>
      shareReads(createPlatform(transport, { ...bounds, onSurprise }), inFlight),
    ),
    users: shareUserReads(createMdmUsers(transport, onSurprise), inFlight),
    organizations: tenancy.organizations,
    close: () => connection.close(),
  };
};

const fingerprintLength = 16;

/** Enough of a hash to tell callers apart, and nothing to find a credential by. */
const fingerprintOf = (caller: Caller, operation: Operation, hash: KeyedHash): string | null => {
  try {
    return hash(caller.identity() ?? operation.credential).slice(0, fingerprintLength);
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
};

const setUpGraphiql = (
  { auth }: Config,
  { anonymousAuthorization, examples }: Upstream,
): GraphiqlSetup => {
  const data = examples
    ? toExampleData(platforms, examples)
    : createPlaceholders(platforms[0].tokenType);
  if (auth.kind === 'service') return { data, credential: 'A JWT of the configured issuer' };
  const needsKey = anonymousAuthorization === undefined;
  return { data, credential: needsKey ? 'The API key of a service account' : null };
};

/** What the process knows and nobody else may. */
const secretsOf = ({ auth, redis }: Config): string[] => [
  ...(auth.kind === 'service' && auth.apiKey !== undefined ? [auth.apiKey] : []),
  ...(auth.kind === 'service' && auth.keys.kind === 'secret' ? [auth.keys.secret] : []),
  ...(redis ? [redis.secret, decodeURIComponent(new URL(redis.url).password)] : []),
];

let builtSchema: GraphQLSchema | null = null;

/** Built once a process, as that takes a while and every app's is the same. */
const sharedSchema = (): GraphQLSchema => {
  builtSchema ??= createSchema(platforms);
  return builtSchema;
};

/**
 * The gateway without a port: puts the parts together, reads no environment. Resolves when Redis has been reached, or
 * after a moment without it: the gateway runs on its own then.
 */
export const createApp = async (
  config: Config,
  upstream: Upstream,
  /** Where the log goes: a stream, which may fail, or a function that takes each line. */
  logTo: Writable | WriteLog,
) => {
  const log =
    typeof logTo === 'function' ? { write: logTo, failures: () => 0 } : createLogOutput(logTo);
  const logger = createLogger(config.logLevel, createRedaction(secretsOf(config)), log.write);
  const auditLogger = toAuditLogger(logger);
  const seen = new Set<string>();
  const onSurprise = (surprise: string): void => {
    metrics.onSurprise(surprise);
    if (seen.has(surprise)) return;
    seen.add(surprise);
    logger.warn({ surprise }, 'the API answered something odd; it is tolerated');
  };
  const state = await openSharedState({
    redis: config.redis,
    recordsTtlMs: config.idempotencyTtlSeconds * 1000,
    quota: config.upstreamQuota,
    memoryQuota: createMemoryQuota({ ...config.upstreamQuota, clock: systemClock }),
    onTrouble: logRedisTrouble(logger),
    onRecovery: () => logger.warn('redis can be written again'),
  }).catch((error: unknown) => {
    const isFault = error instanceof Error && error.name === 'UnusableRedisError';
    throw isFault ? new ConfigError([error.message]) : error;
  });
  const turns = createTurns(config.requestTimeoutMs);
  const api = openUpstream(config, upstream, state, onSurprise, (event) =>
    metrics.onTransportEvent(event),
  );
  const metrics = createMetrics({
    load: api.load,
    waitingOperations: turns.waiting,
    isStoreUp: state.isUp,
    storeFailures: state.failures,
    logFailures: log.failures,
  });
  const lookups = createLookups({
    cache: state.lookups,
    ttlMs: config.lookupTtlMs,
    hash: state.hash,
    format: lookupFormat,
    maxLimit: config.upstreamMaxLimit,
    inFlight: api.inFlight,
    quotaLeft: (organizationId) => state.quota.left(organizationId),
  });
  const ended = new AbortController();
  const means = {
    records: state.records,
    clock: wallClock,
    hash: state.hash,
    // Longer than any operation lasts.
    ownershipMs: config.requestTimeoutMs + 2_000,
    writeLater: createLaterWrites(wallClock, config.idempotencyTtlSeconds * 1000, ended.signal),
  };
  const createOnce = createTokenCreation<EnrollmentToken>(means);
  const bulkCreateOnce = createBulkCreation(means);
  const limits = {
    defaultPageSize: Math.min(defaultPageSize, config.maxPageSize),
    maxPageSize: config.maxPageSize,
    maxScanItems: config.maxScanItems,
    maxLimit: config.upstreamMaxLimit,
  };
  const activity = createActivity();
  const createQrCodes = createQrCodeDrawing();
  const draining = new AbortController();
  // A chunk that leaves late would be answered when nobody listens any more.
  const lastChunkMs = Math.min(config.upstreamTimeoutMs, config.requestTimeoutMs / 4);
  const bulkSignal = ({ signal, deadlineMs }: Operation): AbortSignal =>
    AbortSignal.any([
      draining.signal,
      signal,
      AbortSignal.timeout(Math.max(0, Math.ceil(deadlineMs - performance.now() - lastChunkMs))),
    ]);

  const inTurn = createTaskQueue();
  const takeTurn = () => inTurn(() => nextIteration());

  const identify = createIdentification(
    config.auth,
    upstream.anonymousAuthorization,
    logKeySetFailure(logger),
  );

  const createContext = async (request: Request, requestId: string): Promise<GatewayContext> => {
    const ledger = createLedger(metrics);
    const caller = await identify(request.headers.get('authorization'));
    const operation = new RequestOperation({
      authorization: caller.authorization,
      anonymousAuthorization: upstream.anonymousAuthorization,
      clientSignal: request.signal,
      timeoutMs: config.requestTimeoutMs,
      maxCalls: config.maxUpstreamCalls,
      observer: ledger,
      onFailure: logFailures(logger, requestId),
    });
    const { platforms: adapters, users, organizations } = api;
    const fingerprint = fingerprintOf(caller, operation, state.hash);
    return {
      requestId,
      operation,
      authorize: caller.authorize,
      isCallerAccepted: createAcceptance(caller, () => api.isAccepted(operation)),
      fingerprint,
      ledger,
      platforms: adapters,
      users,
      organizations,
      defaultOrganization: upstream.organization,
      failures: createFailureLimit(),
      waitForTurn: takeTurn,
      loaders: createLoaders({ operation, platforms: adapters, users, lookups }),
      creations: {
        createOnce,
        bulkCreateOnce,
        bulkChunkSize: config.bulkChunkSize,
        bulkSignal,
        caller: () => caller.identity() ?? operation.credential,
      },
      drawQrCode: createQrCodes(operation.signal),
      audit: (entry) => {
        metrics.onMutation(entry);
        logAudit(auditLogger, state.hash, { requestId, fingerprint }, entry);
      },
      limits,
      onMissing: logMissing(logger, requestId),
      onSurprise,
      onBug: logBug(logger, requestId),
      onScan: metrics.onScan,
      now: Date.now,
    };
  };

  const schema = sharedSchema();
  const logReport = logOperation(logger);
  const report = (operation: OperationReport): void => {
    metrics.onOperation(operation);
    logReport(operation);
  };
  const graphql = createServer({
    schema,
    createContext,
    graphiql: config.graphiql ? setUpGraphiql(config, upstream) : null,
    introspection: config.introspection,
    limits: config,
    estimateCost: createPricing(schema, platforms, {
      ...limits,
      bulkChunkSize: config.bulkChunkSize,
    }),
    costBounds: { calls: config.maxUpstreamCalls, ids: mostIds, pixels: maxPixels },
    trustedDocuments: config.trustedDocuments,
    corsOrigins: config.corsOrigins,
    isReady: () => !draining.signal.aborted,
    epoch: () => api.inFlight.epoch(),
    activity,
    turns,
    metrics,
    explains: !config.production,
    logger,
    report,
  });
  return {
    /** The HTTP server that answers for the gateway, not yet listening. */
    createHttpServer: () =>
      createHttpServer({
        graphql,
        activity,
        draining: draining.signal,
        corsOrigins: config.corsOrigins,
        hasGraphiql: config.graphiql,
        report,
        onFailure: (cause, requestId) =>
          logger.error({ requestId, err: cause }, 'a request failed unexpectedly'),
      }),
    logger,
    /** Writes a line to where the log goes, whatever the level of the log is. */
    writeLine: (text: string): void => log.write(`${text}\n`),
    /** Resolves when no operation runs, every answer has been sent, and no request has come for `quietMs` milliseconds. */
    whenQuiet: activity.whenQuiet,
    /** From now on `/health/ready` answers 503, every answer ends its connection, and no further chunk of a bulk leaves. */
    drain: (): void => {
      draining.abort();
    },
    /** After `drain`: resolves when no request is in progress, after 24 s at the latest. The port is closed then. */
    finish: (server: Server): Promise<void> => drainServer(server, activity.whenQuiet),
    /** How long `close` may take, in milliseconds. */
    closeMs: drainTimes.closeMs,
    /** Ends the connections to the API and to Redis; call it when no operation runs any more. */
    close: async (): Promise<void> => {
      ended.abort();
      await api.close();
      state.close();
    },
  };
};

export type App = Awaited<ReturnType<typeof createApp>>;
