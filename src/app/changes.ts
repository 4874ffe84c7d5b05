import { createFollowers, type Followers } from '../changes/followers.ts';
import type { FollowedList } from '../changes/live-reading.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../domain/clock.ts';
import { type Credential, withCause } from '../domain/operation.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Platform } from '../domain/platform.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import { toSourcePage } from '../graphql/queries/connection.ts';
import { RequestOperation } from '../server/operation.ts';
import type { ChangeMetrics } from '../server/telemetry/change-metrics.ts';
import { createLedger, type LedgerObserver } from '../server/telemetry/ledger.ts';
import { type Logger, logBug, logFailures } from '../server/telemetry/logging.ts';
import { toRequestId } from '../server/telemetry/request-id.ts';
import type { SharedState } from '../state/shared-state.ts';
import type { UpstreamConnection } from './upstream.ts';

interface ChangesOptions {
  readonly config: Config;
  readonly api: Pick<UpstreamConnection, 'platforms'>;
  readonly state: Pick<SharedState, 'quota' | 'replicaReads' | 'hash'>;
  readonly logger: Logger;
  readonly metrics: LedgerObserver & Pick<ChangeMetrics, 'onChangeRead'>;
  readonly onSurprise: (kind: string) => void;
}

/** With less of its burst left than this, the quota is low. */
const lowQuotaShare = 0.2;

/** One list of tokens, revoked ones included, in the order of their latest changes. */
const listOf = (
  platform: Platform,
  organizationId: OrganizationId,
): FollowedList<EnrollmentToken> => ({
  key: platform.key,
  open: (operation) => ({
    key: platform.key,
    read: async ({ page, limit, direction }) => {
      const answer = await platform.listTokens(withCause(operation, 'live'), organizationId, {
        page,
        limit,
        sort: { field: 'updatedAt', direction },
        filter: { includeDeleted: true },
      });
      return toSourcePage(answer, ({ sortKeys }) => sortKeys.updatedAt);
    },
  }),
});

/** Follows the tokens of the organizations that somebody watches. */
export const createChanges = ({
  config,
  api,
  state: { quota, replicaReads, hash },
  logger,
  metrics,
  onSurprise,
}: ChangesOptions): Followers<EnrollmentToken> => {
  const startOperation = (credential: Credential, clientSignal: AbortSignal) => {
    const requestId = toRequestId(null);
    const ledger = createLedger(metrics);
    const operation = new RequestOperation({
      authorization: () => credential,
      anonymousAuthorization: undefined,
      clientSignal,
      timeoutMs: config.requestTimeoutMs,
      maxCalls: config.maxUpstreamCalls,
      observer: ledger,
      onFailure: logFailures(logger, requestId),
    });
    return {
      operation,
      calls: ledger.calls,
      onBug: logBug(logger, requestId),
      end: operation.end,
    };
  };
  return createFollowers<EnrollmentToken>({
    listsOf: (organizationId) => api.platforms.map((platform) => listOf(platform, organizationId)),
    facts: ({ sourceId, sortKeys, createdAt, state }) => ({
      id: sourceId,
      updatedAt: sortKeys.updatedAt,
      createdAt,
      isRevoked: state === 'DELETED',
    }),
    startOperation,
    isQuotaLow: (organizationId) => {
      const left = quota.left(organizationId.toLowerCase());
      return left !== null && left < config.upstreamQuota.burst * lowQuotaShare;
    },
    replicas: replicaReads,
    hash,
    maxSubscriptions: config.maxSubscriptions,
    clock: systemClock,
    intervalMs: config.liveIntervalSeconds * 1000,
    maxLimit: config.upstreamMaxLimit,
    maxScanItems: config.maxScanItems,
    onRead: metrics.onChangeRead,
    onSurprise: (_list, surprise) => onSurprise(surprise),
  });
};
