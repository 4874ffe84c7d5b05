import { type Logger, pino } from 'pino';
import type { GatewayError } from '../../domain/errors.ts';
import type { CallFailure } from '../../domain/operation.ts';
import type { AuditEntry } from '../../graphql/context.ts';
import { RefusedTokenError } from '../auth/token-refusals.ts';
import type { OperationReport } from './operation-report.ts';

export type { Logger } from 'pino';

/** Takes one line of the log, with its end. */
export type WriteLog = (line: string) => void;

/**
 * JSON lines. What is logged is chosen field by field; credentials are among none
 * of them, and `redact` sees to what errors say.
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

/** One line an operation: what ran, how long, at what upstream cost, and how it ended. */
export const logOperation =
  (logger: Logger) =>
  ({ requestId, caller, name, kind, upstreamCalls, durationMs, outcome }: OperationReport): void =>
    logger.info(
      {
        requestId,
        caller,
        operation: name,
        kind,
        upstreamCalls,
        durationMs: Math.round(durationMs),
        outcome,
      },
      'operation',
    );

/** Writes at every level but `silent`: an audit is no aid to debugging that could be turned off along with one. */
export const toAuditLogger = (logger: Logger): Logger =>
  logger.child({}, { level: logger.level === 'silent' ? 'silent' : 'info' });

/**
 * One line an operation for each kind of object and reason that made a field null: a page of a hundred users that
 * nobody may read is no hundred lines.
 */
export const logMissing = (logger: Logger, requestId: string) => {
  const told = new Set<string>();
  return (noun: string, { code, message }: GatewayError): void => {
    const reason = `${noun} ${code}`;
    if (told.has(reason)) return;
    told.add(reason);
    logger.info({ requestId, noun, code, reason: message }, 'a lookup found nothing to show');
  };
};

/** Lines of one operation about failed calls; one that looks up a hundred missing users is no hundred lines. */
const mostFailureLines = 10;

/**
 * One line for each attempt at the API that failed: at warn if the API, or the way to it, did not do its part, at info
 * if it refused or nothing was sent.
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

/** One line for each bug that was met while a platform was read; callers see the platform as unavailable. */
export const logBug =
  (logger: Logger, requestId: string) =>
  (platform: string, error: unknown): void =>
    logger.error({ requestId, platform, err: error }, 'a platform failed unexpectedly');

/** One line a request whose caller was refused: why, in words that hold nothing of the token. */
export const logRefusedCaller =
  (logger: Logger) =>
  (requestId: string, error: GatewayError): void => {
    const reason = error instanceof RefusedTokenError ? error.reason : error.message;
    logger.info({ requestId, code: error.code, reason }, 'a caller was refused');
  };

/** An error and its causes in one text. What a parser says is left out: it repeats what it read. */
const causesOf = (error: unknown, depth = 0): readonly string[] => {
  if (!(error instanceof Error) || depth > 3) return [];
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const message = error instanceof SyntaxError ? '' : `: ${error.message}`;
  return [`${error.name}${code}${message}`, ...causesOf(error.cause, depth + 1)];
};

const longestReason = 300;

/** One line a download of the issuer's keys that failed; there is at most one download in some seconds. */
export const logKeySetFailure =
  (logger: Logger) =>
  (cause: unknown): void => {
    const reason = causesOf(cause).join('; ').slice(0, longestReason);
    logger.warn({ reason }, "the issuer's keys could not be read");
  };

/** One line for each kind of failure, until Redis works again. */
export const logRedisTrouble =
  (logger: Logger) =>
  (trouble: { readonly kind: string; readonly reason: string; readonly advice: string }): void => {
    const isUnreachable = trouble.kind === 'unreachable' || trouble.kind === 'timeout';
    logger.error(trouble, isUnreachable ? 'redis cannot be reached' : 'redis cannot be used');
  };

/** One line a mutation: who asked for what, where, and what became of it. Idempotency keys are hashed. */
export const logAudit = (
  logger: Logger,
  hash: (text: string) => string,
  asked: { readonly requestId: string; readonly fingerprint: string | null },
  { idempotencyKey, ...entry }: AuditEntry,
): void =>
  logger.info(
    {
      requestId: asked.requestId,
      caller: asked.fingerprint,
      ...entry,
      idempotencyKey: idempotencyKey === null ? null : hash(idempotencyKey),
    },
    'audit',
  );
