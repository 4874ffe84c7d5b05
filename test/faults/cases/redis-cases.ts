/** Faults of Redis. Except at the start, the gateway has reached Redis before. */
export const redisCases = {
  'a failover: the connection leads to a replica':
    '`readonly` in the log and the metrics, `gateway_redis_up` 0. The gateway reconnects, and creates with a key work as soon as the address leads to the primary',
  'Redis is full (`maxmemory`, `noeviction`)':
    '`memory` in the log and the metrics; works again without a restart when there is room',
  'Redis requires a password that it did not require before (`requirepass`)':
    '`credentials` in the log and the metrics; works again without a restart when no password is required',
  'Redis cannot save and refuses writes (MISCONF)':
    '`persistence` in the log and the metrics; works again without a restart when Redis can save',
  'Redis loads its data (LOADING)':
    '`loading` in the log and the metrics; works again without a restart when Redis has loaded its data',
  'each connection is closed while it is set up, as a balancer without a server does':
    '`unreachable` in the log and the metrics; works again without a restart as soon as a connection stays open',
  'REDIS_URL names a node of a cluster':
    'it does not start: exit code 1, and a message that names REDIS_URL',
  'REDIS_URL names a database that does not exist':
    'it does not start: exit code 1, and a message that names REDIS_URL',
  'the connection is closed just after the record of a create became `sent`':
    '`UPSTREAM_UNAVAILABLE`, and nothing is sent to the API; a create with the same key works when Redis is reachable again',
} as const;

export type RedisCaseName = keyof typeof redisCases;

/** The name of the test of a case. */
export const redisTest = (name: RedisCaseName): string => `${name}: ${redisCases[name]}`;
