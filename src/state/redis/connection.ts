import { Redis } from 'ioredis';
import { isWorthReconnecting } from './health.ts';

/** Longer than a healthy Redis ever takes, short enough to fail a request and not hang it. */
const commandTimeoutMs = 1_000;

/** A Redis that refuses each command must not be connected to for each command. */
const leastReconnectMs = 1_000;

/** Told of each command that failed. */
type OnFailure = (command: string, message: string) => void;

/**
 * With a timeout for each command that counts only Redis' time: where this process was too busy to read an answer, what
 * has arrived meanwhile is read before the command fails. The client's own `commandTimeout` fails it unread.
 */
class TimedRedis extends Redis {
  onFailure: OnFailure = () => {};

  override sendCommand(...parameters: Parameters<Redis['sendCommand']>): unknown {
    const [command] = parameters;
    const fail = () => command.reject(new Error('Command timed out'));
    let reading: NodeJS.Immediate | undefined;
    const timer = setTimeout(() => {
      reading = setImmediate(fail);
    }, commandTimeoutMs);
    const answer = super.sendCommand(...parameters);
    const settle = () => {
      clearTimeout(timer);
      clearImmediate(reading);
    };
    command.promise.then(settle, (error: unknown) => {
      settle();
      this.onFailure(command.name, error instanceof Error ? error.message : String(error));
    });
    return answer;
  }
}

/**
 * Opens the connection that all state over Redis shares. It connects in the background, again and again, at least
 * every two seconds; while there is no connection every command fails at once, and none is kept for later. If Redis
 * refuses a command for a reason that lies with the server (read-only, full, loading), it connects anew, as the name may
 * lead to another server by now; the command is not sent again. `onError` is told each time the connection is lost or not
 * made, with a message that holds no password. End it with `disconnect()`.
 */
export const connectRedis = (
  url: string,
  onError: (message: string) => void,
  onFailure: OnFailure = () => {},
): Redis => {
  let reconnectedAtMs = Number.NEGATIVE_INFINITY;
  const redis = new TimedRedis(url, {
    enableOfflineQueue: false,
    // The check waits for a Redis that loads its data, and says nothing. Commands are told the reason.
    enableReadyCheck: false,
    // A command of a lost connection fails with it and is not sent again: a write must not happen later than its caller
    // believes.
    maxRetriesPerRequest: 0,
    connectTimeout: commandTimeoutMs * 2,
    // The client takes a connection that is lost before it has answered CLIENT SETINFO for one that is ready, and never
    // connects again.
    disableClientInfo: true,
    reconnectOnError: ({ message }) => {
      const nowMs = performance.now();
      if (!isWorthReconnecting(message) || nowMs - reconnectedAtMs < leastReconnectMs) return false;
      reconnectedAtMs = nowMs;
      // Not 2, which would send the command again.
      return 1;
    },
  });
  redis.onFailure = onFailure;
  // Without a listener ioredis prints to the console. Its errors carry the failed command, for AUTH the password.
  redis.on('error', ({ message }) => onError(message));
  return redis;
};
