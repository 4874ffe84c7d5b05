/** The kinds of failures of Redis. They are labels of a metric, so the set is closed. */
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

/** A failure of Redis. Each kind is reported once until Redis can be written again. */
export interface RedisFailure {
  readonly kind: RedisFailureKind;
  /** The message of Redis or of the network, cut at 200 characters. */
  readonly reason: string;
  /** What the operator should do. */
  readonly advice: string;
}

const advice: Readonly<Record<RedisFailureKind, string>> = {
  unreachable: 'Check that Redis runs, and that REDIS_URL names its host and port.',
  timeout: 'Redis did not answer within a second: look at its load and at the network.',
  readonly:
    'REDIS_URL leads to a read-only replica: promote it, or let the name lead to the primary. The gateway connects again each second.',
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

/** Matched anywhere in a message, since the error of a script has other words before the code. */
const failurePatterns: readonly (readonly [pattern: RegExp, kind: RedisFailureKind])[] = [
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

/** The kind of a failure, by its message. */
export const failureKindOf = (message: string): RedisFailureKind =>
  failurePatterns.find(([pattern]) => pattern.test(message))?.[1] ?? 'other';

/** Kinds that a new connection can end: it can reach a new primary, or use a new password. */
const fixedByReconnecting: ReadonlySet<RedisFailureKind> = new Set([
  'readonly',
  'memory',
  'persistence',
  'credentials',
  'loading',
  'replicas',
  'cluster',
]);

/** Whether a new connection can end the failure. */
export const isWorthReconnecting = (message: string): boolean =>
  fixedByReconnecting.has(failureKindOf(message));

const maxReasonLength = 200;

/** The state of Redis: whether the last write succeeded, and the number of failures of each kind. */
export interface RedisHealth {
  readonly isUp: () => boolean;
  /** By kind, since the start. */
  readonly failures: ReadonlyMap<RedisFailureKind, number>;
  /** Why the gateway can never use this Redis; null if it can. */
  readonly fault: () => string | null;
  /** Records a failure of a command or of the connection. A read that is slow or wrong does not mark Redis as down. */
  readonly fail: (message: string, isRead?: boolean) => void;
  /** Records that the probe has written. */
  readonly succeed: () => void;
}

export const createRedisHealth = (listener: {
  readonly onFailure: (failure: RedisFailure) => void;
  readonly onRecovery: () => void;
}): RedisHealth => {
  const failures = new Map<RedisFailureKind, number>();
  const reported = new Set<RedisFailureKind>();
  let isUp = false;
  let fault: string | null = null;
  return {
    isUp: () => isUp,
    failures,
    fault: () => fault,
    fail: (message, isRead = false) => {
      const kind = failureKindOf(message);
      failures.set(kind, (failures.get(kind) ?? 0) + 1);
      // If a read fails for another reason, writes probably fail too. The probe finds out.
      if (!isRead || (kind !== 'timeout' && kind !== 'other')) isUp = false;
      if (kind === 'cluster' || kind === 'database') fault = advice[kind];
      // A command that was sent while the client reconnects. The reason has already been reported.
      const isReconnecting = reported.size > 0 && message.startsWith("Stream isn't writeable");
      if (reported.has(kind) || isReconnecting) return;
      reported.add(kind);
      listener.onFailure({ kind, reason: message.slice(0, maxReasonLength), advice: advice[kind] });
    },
    succeed: () => {
      if (isUp) return;
      isUp = true;
      fault = null;
      if (reported.size > 0) listener.onRecovery();
      reported.clear();
    },
  };
};
