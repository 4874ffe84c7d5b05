import { type Config, ConfigError } from '../config.ts';
import { systemClock } from '../domain/clock.ts';
import { type Logger, logRedisTrouble } from '../server/telemetry/logging.ts';
import { createMemoryQuota } from '../state/memory/quota.ts';
import { openSharedState, type SharedState } from '../state/shared-state.ts';

/** Opens what replicas share, in Redis or in memory. Throws ConfigError if this Redis can never be used. */
export const openState = (config: Config, logger: Logger): Promise<SharedState> =>
  openSharedState({
    redis: config.redis,
    recordsTtlMs: config.idempotencyTtlSeconds * 1000,
    quota: config.upstreamQuota,
    memoryQuota: createMemoryQuota({ ...config.upstreamQuota, clock: systemClock }),
    onFailure: logRedisTrouble(logger),
    onRecovery: () => logger.warn('redis can be written again'),
  }).catch((error: unknown) => {
    const isUnusable = error instanceof Error && error.name === 'UnusableRedisError';
    throw isUnusable ? new ConfigError([error.message]) : error;
  });
