import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Logger, pino } from 'pino';
import type { AuditEntry, GatewayContext } from '../graphql/context.ts';

export type { Logger } from 'pino';

/** JSON lines on stdout. What is logged is chosen field by field; credentials are among none of them. */
export const createLogger = (level: string): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });

/** One line an operation: what ran, how long, at what upstream cost, and how it ended. */
export const useOperationLog = (logger: Logger): Plugin<GatewayContext> => ({
  onExecute: ({ args }) => {
    const startedMs = performance.now();
    const operation = getOperationAST(args.document, args.operationName);
    return {
      onExecuteDone: ({ result }) => {
        const errors = 'errors' in result ? (result.errors ?? []) : [];
        const { requestId, fingerprint, ledger } = args.contextValue;
        logger.info(
          {
            requestId,
            caller: fingerprint,
            operation: operation?.name?.value ?? null,
            kind: operation?.operation ?? null,
            upstreamCalls: ledger.calls.length,
            durationMs: Math.round(performance.now() - startedMs),
            outcome: errors[0]?.extensions['code'] ?? 'OK',
          },
          'operation',
        );
      },
    };
  },
});

/** One line a mutation: who asked for what, where, and what became of it. Idempotency keys are hashed. */
export const createAuditLog =
  (
    logger: Logger,
    hash: (text: string) => string,
    asked: { readonly requestId: string; readonly fingerprint: string | null },
  ) =>
  ({ idempotencyKey, ...entry }: AuditEntry): void =>
    logger.info(
      {
        requestId: asked.requestId,
        caller: asked.fingerprint,
        ...entry,
        idempotencyKey: idempotencyKey === null ? null : hash(idempotencyKey),
      },
      'audit',
    );
