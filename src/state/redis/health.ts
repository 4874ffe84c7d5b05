/** What is wrong with Redis. The set is closed: it labels a metric. */
export type RedisFailureKind =
  | 'unreachable'
  | 'timeout'
  | 'readonly'
  | 'memory'
  | 'persistence'
  | 'credentials'
  | 'loading'
  | 'replicas'
  | 'cluster'
  | 'database'
  | 'other';

/** A failure that is told once until Redis can be written again. */
export interface RedisTrouble {
  readonly kind: RedisFailureKind;
  /** What Redis or the network said, cut at 200 characters. */
  readonly reason: string;
  /** What the operator can do. */
  readonly advice: string;
}

const advice: Readonly<Record<RedisFailureKind, string>> = {
  unreachable: 'Check that Redis runs, and that REDIS_URL names its host and port.',
  timeout: 'Redis did not answer within a second: look at its load and at the network.',
  readonly:
    'REDIS_URL leads to a read-only replica: promote it, or let the name lead to the primary. The gateway connects anew each second.',
  memory: 'Redis is at its maxmemory: raise it. Keep the policy noeviction.',
  persistence: 'Redis cannot save to its disk and refuses writes: free or repair the disk.',
  credentials:
    'Redis refuses the user or the password of REDIS_URL, or the user lacks a permission (it needs EVAL and all keys).',
  loading: 'Redis loads its data after a restart: wait.',
  replicas: 'Redis has lost its primary or its replicas (min-replicas-to-write): repair them.',
  cluster:
    'REDIS_URL names a node of a Redis Cluster, which the gateway cannot use: name a primary that is not part of one.',
  database: 'REDIS_URL names a database that this Redis does not have: use one that it has, or 0.',
  other: 'Look at the log of Redis.',
};

/** The words of Redis, wherever they stand: the error of a script has its own words before them. */
const words: readonly (readonly [pattern: RegExp, kind: RedisFailureKind])[] = [
  [/\bREADONLY\b/, 'readonly'],
  [/\bOOM\b/, 'memory'],
  [/\bMISCONF\b/, 'persistence'],
  [/\b(?:NOAUTH|WRONGPASS|NOPERM|invalid password)\b/, 'credentials'],
  [/\bLOADING\b/, 'loading'],
  [/\b(?:MASTERDOWN|NOREPLICAS)\b/, 'replicas'],
  [/\b(?:CLUSTERDOWN|MOVED|ASK|CROSSSLOT|TRYAGAIN)\b|SELECT is not allowed/, 'cluster'],
  [/\bDB index\b/, 'database'],
  [/Command timed out/, 'timeout'],
  [
    /Stream isn't writeable|Connection is closed|connection close|max retries per request|\bE[A-Z]{5,}\b|connect/i,
    'unreachable',
  ],
];

/** The kind of a failure, by what its message says. */
export const failureKindOf = (message: string): RedisFailureKind =>
  words.find(([pattern]) => pattern.test(message))?.[1] ?? 'other';

/** Kinds after which another connection may lead to a Redis that works: the new primary, the new password. */
const lastsWithConnection: ReadonlySet<RedisFailureKind> = new Set([
  'readonly',
  'memory',
  'persistence',
  'credentials',
  'loading',
  'replicas',
  'cluster',
]);

/** Whether Redis may do better over a new connection. */
export const isWorthReconnecting = (message: string): boolean =>
  lastsWithConnection.has(failureKindOf(message));

const longestReason = 200;

/** What is known of Redis: whether the last writing command worked, and how often each kind of failure came. */
export interface RedisHealth {
  readonly isUp: () => boolean;
  /** By kind, since the start. */
  readonly failures: ReadonlyMap<RedisFailureKind, number>;
  /** Why the configuration can never work, if so. */
  readonly fault: () => string | null;
  /** A command or the connection failed. A read that is slow or wrong does not make Redis count as down. */
  readonly fail: (message: string, isRead?: boolean) => void;
  /** The probe has written. */
  readonly succeed: () => void;
}

export const createRedisHealth = (tell: {
  readonly onTrouble: (trouble: RedisTrouble) => void;
  readonly onRecovery: () => void;
}): RedisHealth => {
  const failures = new Map<RedisFailureKind, number>();
  const told = new Set<RedisFailureKind>();
  let isUp = false;
  let fault: string | null = null;
  return {
    isUp: () => isUp,
    failures,
    fault: () => fault,
    fail: (message, isRead = false) => {
      const kind = failureKindOf(message);
      failures.set(kind, (failures.get(kind) ?? 0) + 1);
      // A read that fails otherwise says that writes fail, too; the probe finds out.
      if (!isRead || (kind !== 'timeout' && kind !== 'other')) isUp = false;
      if (kind === 'cluster' || kind === 'database') fault = advice[kind];
      // Commands of the moment in which the connection is made anew: the reason has been told.
      const isAftermath = told.size > 0 && message.startsWith("Stream isn't writeable");
      if (told.has(kind) || isAftermath) return;
      told.add(kind);
      tell.onTrouble({ kind, reason: message.slice(0, longestReason), advice: advice[kind] });
    },
    succeed: () => {
      if (isUp) return;
      isUp = true;
      fault = null;
      if (told.size > 0) tell.onRecovery();
      told.clear();
    },
  };
};
