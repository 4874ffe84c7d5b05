import { Counter, Gauge, type Registry } from 'prom-client';

/** What is followed at the moment. */
export interface Followed {
  readonly subscribers: number;
  /** Organizations, once for each credential. */
  readonly readers: number;
  /** Whether messages of other replicas are lost. */
  readonly isCutOff: boolean;
}

/** What became of a call of a webhook. `refused`: another method than POST, an invalid organization, or a large body. */
export type WebhookOutcome = (typeof webhookOutcomes)[number];

const webhookOutcomes = ['accepted', 'rate_limited', 'refused'] as const;

/** The counters of subscriptions. */
export interface ChangeMetrics {
  /** Called for each reading of an organization's lists, with its cause. */
  readonly onChangeRead: (cause: string) => void;
  /** Called for each call of a webhook with the right secret. */
  readonly onWebhook: (outcome: WebhookOutcome) => void;
  /** Called for each event that a subscription delivered. */
  readonly onEvent: () => void;
}

/** Creates the metrics of subscriptions. */
export const createChangeMetrics = (
  registers: Registry[],
  followed: () => Followed,
): ChangeMetrics => {
  new Gauge({
    name: 'gateway_subscribers',
    help: 'Subscriptions that are served.',
    registers,
    collect() {
      this.set(followed().subscribers);
    },
  });
  new Gauge({
    name: 'gateway_change_readers',
    help: 'Organizations whose tokens are read for subscriptions, by credential.',
    registers,
    collect() {
      this.set(followed().readers);
    },
  });
  new Gauge({
    name: 'gateway_replica_messages_up',
    help: '0 while messages of other replicas are lost: what they saw comes an interval later. 1 without Redis.',
    registers,
    collect() {
      this.set(followed().isCutOff ? 0 : 1);
    },
  });
  const changeReads = new Counter({
    name: 'gateway_change_reads_total',
    help: 'Readings of the lists of an organization for subscriptions, by their cause.',
    labelNames: ['cause'],
    registers,
  });
  const webhooks = new Counter({
    name: 'gateway_webhooks_total',
    help: 'Calls of webhooks with the right secret, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  // A rate can be computed from the first call on, and the metric is the same without webhooks.
  for (const outcome of webhookOutcomes) webhooks.inc({ outcome }, 0);
  const events = new Counter({
    name: 'gateway_subscription_events_total',
    help: 'Events that subscriptions delivered.',
    registers,
  });
  return {
    onChangeRead: (cause) => changeReads.inc({ cause }),
    onWebhook: (outcome) => webhooks.inc({ outcome }),
    onEvent: () => events.inc(),
  };
};
