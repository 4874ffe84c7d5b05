/** What can be wrong with Redis, by what Redis says then. The gateway has reached it before. */
export const redisCases = {
  'a failover: the connection leads to a replica':
    '`readonly` in the log and the metrics, `gateway_redis_up` 0. It connects anew, and creates with a key work as soon as the address leads to the primary',
  'Redis is full (`maxmemory`, `noeviction`)':
    '`memory` in the log and the metrics; works again by itself when there is room',
  'Redis asks for a password that it did not ask for before (`requirepass`)':
    '`credentials` in the log and the metrics; works again by itself when it asks for none',
  'Redis cannot save and refuses writes (MISCONF)':
    '`persistence` in the log and the metrics; works again by itself when it can save',
  'Redis loads its data (LOADING)':
    '`loading` in the log and the metrics; works again by itself when it has loaded',
  'each connection is closed while it is set up, as by a balancer without a server':
    '`unreachable` in the log and the metrics; works again by itself as soon as a connection stays open',
  'REDIS_URL names a node of a cluster':
    'it does not start: exit code 1, and a message that names REDIS_URL',
  'REDIS_URL names a database that does not exist':
    'it does not start: exit code 1, and a message that names REDIS_URL',
  'the connection is cut just after the record says that a create is sent':
    'UPSTREAM_UNAVAILABLE, and nothing was sent; the same key creates once Redis is back',
} as const;

export type RedisCaseName = keyof typeof redisCases;

/** The name of the test of a case. */
export const redisTest = (name: RedisCaseName): string => `${name}: ${redisCases[name]}`;
