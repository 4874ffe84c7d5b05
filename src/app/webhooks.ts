import type { Followers } from '../changes/followers.ts';
import type { Config } from '../config.ts';
import { systemClock } from '../domain/clock.ts';
import type { EnrollmentToken } from '../domain/token.ts';
import type { ChangeMetrics } from '../server/telemetry/change-metrics.ts';
import { createWebhooks, type Webhooks } from '../server/webhooks/webhooks.ts';
import { createMemoryQuota } from '../state/memory/quota.ts';

/**
 * Calls that one process accepts: 50 at once, and 10 a second. A bulk action at the vendor can send many. More would not
 * make it read more often: readings that webhooks cause are a second apart.
 */
const rate = { requestsPerHour: 10 * 3600, burst: 50 };

/** The routes for webhooks, which make followers read at once. Null: no secret is configured, so there are none. */
export const openWebhooks = (
  { webhookSecret: secret }: Config,
  changes: Pick<Followers<EnrollmentToken>, 'hint'>,
  { onWebhook }: ChangeMetrics,
): Webhooks | null => {
  if (secret === undefined) return null;
  let isDue = false;
  /** For calls that were refused: the last accepted one may have been before what they tell. */
  const hintAfter = (delayMs: number): void => {
    if (isDue) return;
    isDue = true;
    systemClock.schedule(delayMs, () => {
      isDue = false;
      changes.hint(null, 'webhook');
    });
  };
  const quota = createMemoryQuota({ ...rate, clock: systemClock });
  return createWebhooks({
    secret,
    onCall: (organizationId) => changes.hint(organizationId, 'webhook'),
    takeTurn: async () => {
      const grant = await quota.take('webhooks', { maxWaitMs: 0, reserve: 0 });
      if (grant.granted) return null;
      hintAfter(grant.retryAfterMs);
      return grant.retryAfterMs;
    },
    onOutcome: onWebhook,
  });
};
