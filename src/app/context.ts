import { setImmediate as nextIteration } from 'node:timers/promises';
import type { Followers } from '../changes/followers.ts';
import type { Config } from '../config.ts';
import { GatewayError } from '../domain/errors.ts';
import type { KeyedHash } from '../domain/keyed-hash.ts';
import type { Operation } from '../domain/operation.ts';
import { createTaskQueue } from '../domain/task-queue.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import type { Creations, GatewayContext } from '../graphql/context.ts';
import { createFailureLimit } from '../graphql/failure-limit.ts';
import { createQrCodeDrawing } from '../graphql/types/qr-code.ts';
import { createLoaders } from '../lookups/loaders.ts';
import type { LookupDependencies } from '../lookups/lookup-dependencies.ts';
import {
  type Caller,
  createIdentification,
  isAuthenticated,
} from '../server/auth/authentication.ts';
import { RequestOperation } from '../server/operation.ts';
import { createLedger } from '../server/telemetry/ledger.ts';
import {
  type Logger,
  logAudit,
  logBug,
  logFailures,
  logKeySetFailure,
  logMissing,
} from '../server/telemetry/logging.ts';
import type { Metrics } from '../server/telemetry/metrics.ts';
import { outsideTraces } from '../server/telemetry/tracing.ts';
import type { Upstream, UpstreamConnection } from './upstream.ts';

export interface ContextOptions {
  readonly config: Config;
  readonly upstream: Upstream;
  readonly api: UpstreamConnection;
  readonly lookups: LookupDependencies;
  readonly creations: Omit<Creations, 'caller'>;
  readonly changes: Pick<Followers<EnrollmentToken>, 'follow'>;
  readonly limits: GatewayContext['limits'];
  readonly hash: KeyedHash;
  readonly logger: Logger;
  readonly auditLogger: Logger;
  readonly metrics: Metrics;
  readonly onSurprise: (kind: string) => void;
}

/** Long enough to tell callers apart, too short to find a credential by. */
const fingerprintLength = 16;

const fingerprintOf = (caller: Caller, operation: Operation, hash: KeyedHash): string | null => {
  try {
    return hash(caller.identity() ?? operation.credential).slice(0, fingerprintLength);
  } catch (error) {
    if (error instanceof GatewayError) return null;
    throw error;
  }
};

/** Creates the context of each operation: the caller, fresh loaders, and what all operations share. */
export const createContextFactory = ({
  config,
  upstream,
  api,
  lookups,
  creations,
  changes,
  limits,
  hash,
  logger,
  auditLogger,
  metrics,
  onSurprise,
}: ContextOptions): ((request: Request, requestId: string) => Promise<GatewayContext>) => {
  const { platforms, users, organizations } = api;
  const { anonymousAuthorization } = upstream;
  const identify = createIdentification(
    config.auth,
    anonymousAuthorization,
    logKeySetFailure(logger),
  );
  const createQrCodes = createQrCodeDrawing();
  const runInTurn = createTaskQueue();
  const waitForTurn = () => runInTurn(() => nextIteration());

  const createContext = (request: Request, requestId: string, caller: Caller): GatewayContext => {
    const ledger = createLedger(metrics);
    const operation = new RequestOperation({
      authorization: caller.authorization,
      anonymousAuthorization,
      clientSignal: request.signal,
      timeoutMs: config.requestTimeoutMs,
      maxCalls: config.maxUpstreamCalls,
      observer: ledger,
      onFailure: logFailures(logger, requestId),
    });
    const fingerprint = fingerprintOf(caller, operation, hash);
    return {
      requestId,
      operation,
      authorize: caller.authorize,
      credentialExpiresAtMs: caller.expiresAtMs,
      isCallerAuthenticated: () =>
        isAuthenticated(caller, () => api.isAccepted(operation.credential)),
      fingerprint,
      ledger,
      platforms,
      users,
      organizations,
      defaultOrganization: upstream.organization,
      failures: createFailureLimit(),
      waitForTurn,
      loaders: createLoaders({ operation, platforms, users, lookups }),
      creations: { ...creations, caller: () => caller.identity() ?? operation.credential },
      followTokens: async (organizationId, asked) =>
        outsideTraces(() => changes.follow(organizationId, operation.credential, asked)),
      forEvent: () => createContext(request, requestId, caller),
      drawQrCode: createQrCodes(operation.signal),
      audit: (entry) => {
        metrics.onMutation(entry);
        logAudit(auditLogger, hash, { requestId, fingerprint }, entry);
      },
      limits,
      onMissing: logMissing(logger, requestId),
      onSurprise,
      onBug: logBug(logger, requestId),
      onScan: metrics.onScan,
      now: Date.now,
    };
  };

  return async (request, requestId) =>
    createContext(request, requestId, await identify(request.headers.get('authorization')));
};
