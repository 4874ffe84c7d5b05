import { Redis } from 'ioredis';
import { isWorthReconnecting } from './health.ts';

/** Longer than a healthy Redis takes for any command, and short enough for a request to fail in time. */
const commandTimeoutMs = 1_000;

/** A Redis that refuses every command must not cause a new connection for each of them. */
const minReconnectIntervalMs = 1_000;

/**
 * Whether a message for other replicas was refused. That concerns its channel: a new connection would change nothing, and
 * all commands on their way would fail.
 */
const isRefusedMessage = (error: Error): boolean =>
  'command' in error &&
  typeof error.command === 'object' &&
  error.command !== null &&
  'name' in error.command &&
  error.command.name === 'publish';

/** Called for each command that failed. */
type OnFailure = (command: string, message: string) => void;

/**
 * A client with a timeout for each command that does not fail a command because this process is busy: an answer that
 * has already arrived is read first. The client's own `commandTimeout` fails the command without reading the answer.
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
    const clearTimers = () => {
      clearTimeout(timer);
      clearImmediate(reading);
    };
    command.promise.then(clearTimers, (error: unknown) => {
      clearTimers();
      this.onFailure(command.name, error instanceof Error ? error.message : String(error));
    });
    return answer;
  }
}

/**
 * Opens the connection that all stores over Redis share.
 *
 * It connects in the background and tries again at least every two seconds. Without a connection, every command fails
 * at once and none is kept for later. If Redis refuses a command because of the server's state (read-only, full,
 * loading), the client connects again, since the name can lead to another server by then. The command is not sent
 * again.
 *
 * `onError` is called each time a connection is lost or cannot be made. Its message holds no password. Close the
 * connection with `disconnect()`.
 */
export const connectRedis = (
  url: string,
  onError: (message: string) => void,
  onFailure: OnFailure,
): Redis => {
  let reconnectedAtMs = Number.NEGATIVE_INFINITY;
  const redis = new TimedRedis(url, {
    enableOfflineQueue: false,
    // The check would wait silently while Redis loads its data. Without it, commands fail with the reason.
    enableReadyCheck: false,
    // If the connection is lost, its commands fail and are not sent again. A write must not happen after its caller was
    // told that it failed.
    maxRetriesPerRequest: 0,
    connectTimeout: commandTimeoutMs * 2,
    // If a connection is lost before Redis has answered CLIENT SETINFO, the client counts it as ready and never
    // connects again.
    disableClientInfo: true,
    reconnectOnError: (error) => {
      if (isRefusedMessage(error) || !isWorthReconnecting(error.message)) return false;
      const nowMs = performance.now();
      if (nowMs - reconnectedAtMs < minReconnectIntervalMs) return false;
      reconnectedAtMs = nowMs;
      // 1 connects again. 2 would also send the command again.
      return 1;
    },
  });
  redis.onFailure = onFailure;
  // Without a listener, ioredis prints errors to the console. They contain the failed command, and AUTH's has the
  // password.
  redis.on('error', ({ message }) => onError(message));
  return redis;
};
