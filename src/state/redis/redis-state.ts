import { once } from 'node:events';
import type { LookupCache } from '../../domain/lookup-cache.ts';
import type { PersistedQueries } from '../../domain/persisted-queries.ts';
import type { QuotaSize, QuotaStore } from '../../domain/quota.ts';
import type { ReplicaReads } from '../../domain/replica-reads.ts';
import { connectRedis } from './connection.ts';
import { createRedisHealth, failureKindOf, type RedisFailure } from './health.ts';
import { createRedisLookupCache } from './lookup-cache.ts';
import { createRedisPersistedQueries } from './persisted-queries.ts';
import { createRedisQuota } from './quota.ts';
import { createRedisRecords } from './records.ts';
import { createReplicaMessages, messagesChannel } from './replica-messages.ts';
import { createRedisReplicaReads } from './replica-reads.ts';

/** How long the start waits for a connection. */
const connectMs = 1_000;

/** The time between two probes while Redis cannot be written. */
const probeMs = 1_000;

const probeKey = 'gateway:probe';

/** A script, like the commands of the records and the quota. A user of Redis can be allowed commands but no scripts. */
const probeScript = `return redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])`;

const readingCommands: ReadonlySet<string> = new Set(['mget', 'hget', 'info']);

/**
 * The client sends the first two when it connects, and reports their failures itself. Without the others, messages between
 * replicas are lost, which only delays changes.
 */
const unmeasuredCommands: ReadonlySet<string> = new Set(['auth', 'select', 'publish', 'subscribe']);

const messagesAdvice = `The user of REDIS_URL needs PUBLISH, SUBSCRIBE, PING, and the channel ${messagesChannel}. Until then, a replica delivers what another one saw an interval later.`;

/** The connection for messages loses Redis at the same time as the other one, which reports it. */
const noAction = (): void => {};

export interface RedisStateOptions {
  readonly url: string;
  readonly recordsTtlMs: number;
  readonly quota: QuotaSize;
  /** Used while Redis cannot be reached. */
  readonly memory: {
    readonly lookupCache: LookupCache;
    readonly persistedQueries: PersistedQueries;
    readonly quota: QuotaStore;
    readonly replicaReads: ReplicaReads;
  };
  /** Milliseconds on any scale that never goes back. */
  readonly nowMs: () => number;
  readonly onFailure: (failure: RedisFailure) => void;
  readonly onRecovery: () => void;
}

/** Thrown if REDIS_URL names a Redis that the gateway can never use. */
class UnusableRedisError extends Error {
  override readonly name = 'UnusableRedisError';
}

/**
 * Opens the stores over one Redis. Resolves when Redis has been written, or after a second. Throws UnusableRedisError
 * if Redis is reached and can never be used.
 */
export const openRedisState = async (options: RedisStateOptions) => {
  const { memory, nowMs } = options;
  const health = createRedisHealth(options);
  const connection = connectRedis(
    options.url,
    (message) => {
      health.fail(message);
      // Otherwise the client would continue with database 0, which belongs to another application.
      if (failureKindOf(message) === 'database') connection.disconnect(true);
    },
    (command, message) => {
      if (!unmeasuredCommands.has(command)) health.fail(message, readingCommands.has(command));
    },
  );

  const probe = async (): Promise<void> => {
    try {
      if (/^(?:redis|server|valkey)_mode:cluster/m.test(await connection.info('server'))) {
        health.fail('CLUSTERDOWN: the server says that it is part of a cluster.');
        return;
      }
      await connection.eval(probeScript, 1, probeKey, probeMs * 10);
      health.succeed();
    } catch {
      // The connection reports each failed command.
    }
  };
  const probeIfDown = (): void => {
    if (!health.isUp()) void probe();
  };
  const timer = setInterval(probeIfDown, probeMs);
  timer.unref();
  connection.on('close', () => {
    if (health.isUp()) health.fail('The connection is closed.');
  });

  let isRefusalReported = false;
  const messages = createReplicaMessages(
    connection,
    () => connectRedis(options.url, noAction, noAction),
    (reason) => {
      const kind = failureKindOf(reason);
      if (isRefusalReported || kind === 'unreachable' || kind === 'timeout') return;
      isRefusalReported = true;
      options.onFailure({ kind, reason, advice: messagesAdvice });
    },
  );

  const close = (): void => {
    clearInterval(timer);
    messages.close();
    connection.removeAllListeners('close').disconnect();
  };

  const signal = AbortSignal.timeout(connectMs);
  await once(connection, 'ready', { signal }).then(probe, () => {});
  connection.on('ready', probeIfDown);
  const fault = health.fault();
  if (fault !== null) {
    close();
    throw new UnusableRedisError(fault);
  }
  return {
    records: createRedisRecords(connection, options.recordsTtlMs),
    lookupCache: createRedisLookupCache(connection, memory.lookupCache, nowMs),
    persistedQueries: createRedisPersistedQueries(connection, memory.persistedQueries, nowMs),
    quota: createRedisQuota(connection, options.quota, memory.quota, nowMs),
    replicaReads: createRedisReplicaReads(
      connection,
      messages,
      memory.replicaReads,
      options.quota.requestsPerHour,
      nowMs,
    ),
    isUp: health.isUp,
    failures: health.failures,
    close,
  };
};
