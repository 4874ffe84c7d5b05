import type { Writable } from 'node:stream';
import type { Config } from '../config.ts';
import { createLogOutput } from '../server/telemetry/log-output.ts';
import { createLogger, toAuditLogger, type WriteLog } from '../server/telemetry/logging.ts';
import { createRedaction } from '../server/telemetry/redaction.ts';

/** The secrets of the configuration, which no log line may contain. */
const secretsOf = ({ auth, redis, webhookSecret }: Config): string[] => [
  ...(auth.kind === 'service' && auth.apiKey !== undefined ? [auth.apiKey] : []),
  ...(auth.kind === 'service' && auth.keys.kind === 'secret' ? [auth.keys.secret] : []),
  ...(webhookSecret === undefined ? [] : [webhookSecret]),
  ...(redis ? [redis.secret, decodeURIComponent(new URL(redis.url).password)] : []),
];

/** The log: its loggers, its output and the number of lines that were lost. */
export const openLog = (config: Config, logTo: Writable | WriteLog) => {
  const { write, failures } =
    typeof logTo === 'function' ? { write: logTo, failures: () => 0 } : createLogOutput(logTo);
  const logger = createLogger(config.logLevel, createRedaction(secretsOf(config)), write);
  return { logger, auditLogger: toAuditLogger(logger), write, failures };
};
