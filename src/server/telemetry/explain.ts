import type { Plugin } from 'graphql-yoga';
import type { UpstreamCall } from '../../domain/operation.ts';
import type { GatewayContext } from '../../graphql/context.ts';
import { isSingleResult } from '../execution/single-result.ts';

const header = 'x-explain';

/** The calls of the reading that found a change, if an event of a subscription is executed. */
const callsOfReading = (event: unknown): readonly UpstreamCall[] =>
  typeof event === 'object' && event !== null && 'calls' in event && Array.isArray(event.calls)
    ? event.calls
    : [];

/** The value of `extensions.upstream`. */
const explain = ({ ledger }: GatewayContext, event: unknown) => ({
  calls: [...callsOfReading(event), ...ledger.calls].map(
    ({ method, path, status, durationMs, cause }) => ({
      method,
      path,
      status,
      ms: Math.round(durationMs),
      cause,
    }),
  ),
  saved: ledger.saved,
});

/**
 * With the header `X-Explain: 1`, `extensions.upstream` of an answer lists the upstream calls of the operation and counts
 * the saved ones. An event of a subscription lists the calls of the reading that found the change, too. Off in production,
 * because it shows how the organization's API is used.
 */
export const useExplain = (): Plugin<GatewayContext> => ({
  onExecute: ({ args }) => {
    const context = args.contextValue;
    const { request } = context;
    if (request.headers.get(header) !== '1') return;
    return {
      onExecuteDone: ({ result, setResult }) => {
        if (!isSingleResult(result)) return;
        const extensions = { ...result.extensions, upstream: explain(context, args.rootValue) };
        setResult({ ...result, extensions });
      },
    };
  },
});
