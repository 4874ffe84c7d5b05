import { Counter, Gauge, type Registry } from 'prom-client';

/** What is followed at the moment. */
export interface Followed {
  readonly subscribers: number;
  /** Organizations, once for each credential. */
  readonly readers: number;
  /** Whether messages of other replicas are lost. */
  readonly isCutOff: boolean;
}

/** The counters of subscriptions. */
export interface ChangeMetrics {
  /** Called for each reading of an organization's lists, with its cause. */
  readonly onChangeRead: (cause: string) => void;
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
  const events = new Counter({
    name: 'gateway_subscription_events_total',
    help: 'Events that subscriptions delivered.',
    registers,
  });
  return { onChangeRead: (cause) => changeReads.inc({ cause }), onEvent: () => events.inc() };
};
