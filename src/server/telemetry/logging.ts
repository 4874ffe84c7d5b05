import { type Logger, pino } from 'pino';
import type { GatewayError } from '../../domain/errors.ts';
import type { CallFailure } from '../../domain/operation.ts';
import type { AuditEntry } from '../../graphql/context.ts';
import { RefusedTokenError } from '../auth/token-refusals.ts';
import type { OperationReport } from './operation-report.ts';

export type { Logger } from 'pino';

/** Writes one line of the log, which ends in a line break. */
export type WriteLog = (line: string) => void;

/**
 * Creates a logger that writes JSON lines. Each line has chosen fields, none of which holds a credential. `redact` removes
 * credentials from the messages of errors.
 */
export const createLogger = (
  level: string,
  redact: (line: string) => string,
  write: WriteLog,
): Logger => {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redact },
  };
  return pino(options, { write });
};

/** Writes one line for each operation, for a subscription when its stream has ended. */
export const logOperation =
  (logger: Logger) =>
  ({ requestId, caller, name, kind, durationMs, ...ending }: OperationReport): void => {
    const { events, upstreamCalls, outcome } = ending;
    logger.info(
      {
        requestId,
        caller,
        operation: name,
        kind,
        ...(events !== null && { events }),
        upstreamCalls,
        durationMs: Math.round(durationMs),
        outcome,
      },
      'operation',
    );
  };

/** The audit log is written at every level except `silent`: the level is for debugging and must not turn off the audit. */
export const toAuditLogger = (logger: Logger): Logger =>
  logger.child({}, { level: logger.level === 'silent' ? 'silent' : 'info' });

/**
 * Writes one line for each kind of object and reason for which a field is null. A page with a hundred users that the
 * caller may not read is one line.
 */
export const logMissing = (logger: Logger, requestId: string) => {
  const logged = new Set<string>();
  return (noun: string, { code, message }: GatewayError): void => {
    const reason = `${noun} ${code}`;
    if (logged.has(reason)) return;
    logged.add(reason);
    logger.info({ requestId, noun, code, reason: message }, 'a lookup found nothing to show');
  };
};

/** Limit of lines about failed calls for one operation, which can look up a hundred missing users. */
const mostFailureLines = 10;

/**
 * Writes one line for each failed attempt at the API: at warn if the API or the network failed, at info if the API refused
 * the call or nothing was sent.
 */
export const logFailures = (logger: Logger, requestId: string) => {
  let lines = 0;
  return ({ isApiFault, ...failure }: CallFailure): void => {
    lines += 1;
    if (lines > mostFailureLines + 1) return;
    if (lines > mostFailureLines) {
      logger.info({ requestId }, 'more calls of the operation failed; they are not logged');
      return;
    }
    const level = isApiFault ? 'warn' : 'info';
    logger[level]({ requestId, ...failure }, 'a call to the API failed');
  };
};

/** Writes one line for each kind of surprise. */
export const logSurprises = (logger: Logger) => {
  const logged = new Set<string>();
  return (surprise: string): void => {
    if (logged.has(surprise)) return;
    logged.add(surprise);
    logger.warn({ surprise }, 'the API answered something odd; it is tolerated');
  };
};

/** Writes one line for each bug in the reading of a platform. Callers see the platform as unavailable. */
export const logBug =
  (logger: Logger, requestId: string) =>
  (platform: string, error: unknown): void =>
    logger.error({ requestId, platform, err: error }, 'a platform failed unexpectedly');

/** Writes one line for each request whose caller was refused. The reason contains no part of the token. */
export const logRefusedCaller =
  (logger: Logger) =>
  (requestId: string, error: GatewayError): void => {
    const reason = error instanceof RefusedTokenError ? error.reason : error.message;
    logger.info({ requestId, code: error.code, reason }, 'a caller was refused');
  };

/** The messages of an error and its causes. The message of a SyntaxError is left out: it repeats the parsed text. */
const causesOf = (error: unknown, depth = 0): readonly string[] => {
  if (!(error instanceof Error) || depth > 3) return [];
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const message = error instanceof SyntaxError ? '' : `: ${error.message}`;
  return [`${error.name}${code}${message}`, ...causesOf(error.cause, depth + 1)];
};

const maxReasonLength = 300;

/** Writes one line for each failed download of the issuer's keys. Downloads are at least two seconds apart. */
export const logKeySetFailure =
  (logger: Logger) =>
  (cause: unknown): void => {
    const reason = causesOf(cause).join('; ').slice(0, maxReasonLength);
    logger.warn({ reason }, "the issuer's keys could not be read");
  };

/** Writes one line for a new kind of failure of Redis. */
export const logRedisTrouble =
  (logger: Logger) =>
  (trouble: { readonly kind: string; readonly reason: string; readonly advice: string }): void => {
    const isUnreachable = trouble.kind === 'unreachable' || trouble.kind === 'timeout';
    logger.error(trouble, isUnreachable ? 'redis cannot be reached' : 'redis cannot be used');
  };

/** Writes one line for a mutation: the caller, the input that identifies it, and the outcome. Idempotency keys are hashed. */
export const logAudit = (
  logger: Logger,
  hash: (text: string) => string,
  request: { readonly requestId: string; readonly fingerprint: string | null },
  { idempotencyKey, ...entry }: AuditEntry,
): void =>
  logger.info(
    {
      requestId: request.requestId,
      caller: request.fingerprint,
      ...entry,
      idempotencyKey: idempotencyKey === null ? null : hash(idempotencyKey),
    },
    'audit',
  );
