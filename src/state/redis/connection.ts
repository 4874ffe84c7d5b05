import { Redis } from 'ioredis';

/** Longer than a healthy Redis ever takes, short enough to fail a request and not hang it. */
const commandTimeoutMs = 1_000;

const longestReconnectDelayMs = 2_000;

/**
 * With a timeout for each command that counts only Redis' time: where this process was too busy to read an answer, what
 * has arrived meanwhile is read before the command fails. The client's own `commandTimeout` fails it unread.
 */
class TimedRedis extends Redis {
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
    command.promise.then(settle, settle);
    return answer;
  }
}

/**
 * Opens the connection that all state over Redis shares. It connects in the background, again and again; while there is
 * no connection every command fails at once, and none is kept for later. `onError` is told each time it is lost or
 * not made, with a message that holds no password. End it with `disconnect()`.
 */
export const connectRedis = (url: string, onError: (message: string) => void): Redis => {
  const redis = new TimedRedis(url, {
    enableOfflineQueue: false,
    // A command of a lost connection is not sent again: a write must not happen later than its caller believes.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: commandTimeoutMs * 2,
    retryStrategy: (attempt) => Math.min(attempt * 100, longestReconnectDelayMs),
  });
  // Without a listener ioredis prints to the console. Its errors carry the failed command, for AUTH the password.
  redis.on('error', ({ message }) => onError(message));
  return redis;
};
