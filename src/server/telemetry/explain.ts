import type { Plugin } from 'graphql-yoga';
import type { GatewayContext } from '../../graphql/context.ts';
import { isSingleResult } from '../execution/single-result.ts';

const header = 'x-explain';

/** The value of `extensions.upstream`. */
const explain = ({ ledger }: GatewayContext) => ({
  calls: ledger.calls.map(({ method, path, status, durationMs, cause }) => ({
    method,
    path,
    status,
    ms: Math.round(durationMs),
    cause,
  })),
  saved: ledger.saved,
});

/**
 * With the header `X-Explain: 1`, `extensions.upstream` of an answer lists the upstream calls of the operation and counts
 * the saved ones. Off in production, because it shows how the organization's API is used.
 */
export const useExplain = (): Plugin<GatewayContext> => ({
  onExecute: ({ args }) => {
    const context = args.contextValue;
    const { request } = context;
    if (request.headers.get(header) !== '1') return;
    return {
      onExecuteDone: ({ result, setResult }) => {
        if (!isSingleResult(result)) return;
        const extensions = { ...result.extensions, upstream: explain(context) };
        setResult({ ...result, extensions });
      },
    };
  },
});
