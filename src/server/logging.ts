import { getOperationAST } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { type Logger, pino } from 'pino';
import type { GatewayContext } from '../graphql/context.ts';

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
        const { requestId, upstreamCalls } = args.contextValue;
        logger.info(
          {
            requestId,
            operation: operation?.name?.value ?? null,
            kind: operation?.operation ?? null,
            upstreamCalls: upstreamCalls(),
            durationMs: Math.round(performance.now() - startedMs),
            outcome: errors[0]?.extensions['code'] ?? 'OK',
          },
          'operation',
        );
      },
    };
  },
});
