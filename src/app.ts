import { createMdmUsers } from './applivery/mdm-users.ts';
import { createOrganizations } from './applivery/organizations.ts';
import { createTransport } from './applivery/transport.ts';
import type { Config } from './config.ts';
import type { GatewayContext } from './graphql/context.ts';
import { createOperation } from './graphql/operation.ts';
import { createSchema } from './graphql/schema.ts';
import { createLoaders } from './loaders/index.ts';
import { platforms } from './platforms/registry.ts';
import { createActivity } from './server/activity.ts';
import { createLogger } from './server/logging.ts';
import { createServer } from './server/yoga.ts';

/** The REST API that the gateway stands in front of. */
export interface Upstream {
  /** With the version, e.g. `https://api.applivery.io/v1`. */
  readonly baseUrl: string;
  /** Default organization, id or slug. */
  readonly organization: string | undefined;
  /** The Authorization header of callers who send none; only the embedded sandbox has one. */
  readonly anonymousAuthorization?: string;
  /** Somebody whom GraphiQL's examples can ask for. */
  readonly exampleEmail?: string;
}

const defaultPageSize = 20;

/** The gateway without a port: puts the parts together, reads no environment. */
export const createApp = (config: Config, upstream: Upstream) => {
  const logger = createLogger(config.logLevel);
  const transport = createTransport({
    baseUrl: upstream.baseUrl,
    upstreamTimeoutMs: config.upstreamTimeoutMs,
    concurrency: config.upstreamConcurrency,
  });
  const seen = new Set<string>();
  const onSurprise = (surprise: string): void => {
    if (seen.has(surprise)) return;
    seen.add(surprise);
    logger.warn({ surprise }, 'the API answered something odd; it is tolerated');
  };
  const adapters = platforms.map(({ createPlatform }) =>
    createPlatform(transport, {
      maxLimit: config.upstreamMaxLimit,
      maxScanItems: config.maxScanItems,
      onSurprise,
    }),
  );
  const users = createMdmUsers(transport, onSurprise);
  const organizations = createOrganizations(transport);
  const limits = {
    defaultPageSize: Math.min(defaultPageSize, config.maxPageSize),
    maxPageSize: config.maxPageSize,
    maxScanItems: config.maxScanItems,
    maxLimit: config.upstreamMaxLimit,
  };
  const activity = createActivity();
  let ready = true;

  const createContext = (request: Request, requestId: string): GatewayContext => {
    let calls = 0;
    const operation = createOperation({
      authorization: request.headers.get('authorization'),
      anonymousAuthorization: upstream.anonymousAuthorization,
      clientSignal: request.signal,
      timeoutMs: config.requestTimeoutMs,
      onCall: () => {
        calls += 1;
      },
    });
    return {
      requestId,
      operation,
      upstreamCalls: () => calls,
      platforms: adapters,
      users,
      organizations,
      defaultOrganization: upstream.organization,
      loaders: createLoaders({ operation, platforms: adapters, users }),
      limits,
      now: Date.now,
    };
  };

  const server = createServer({
    schema: createSchema(platforms),
    createContext,
    graphiql: config.graphiql,
    exampleEmail: upstream.exampleEmail ?? 'ana@example.com',
    isReady: () => ready,
    activity,
    logger,
  });
  return {
    /** Answers one request of Node's HTTP server. */
    handle: server,
    logger,
    /** Resolves when no operation runs. */
    whenIdle: activity.whenIdle,
    /** From now on `/health/ready` answers 503. */
    drain: (): void => {
      ready = false;
    },
    /** Ends the connections to the API; call it when no operation runs any more. */
    close: (): Promise<void> => transport.close(),
  };
};

export type App = ReturnType<typeof createApp>;
