import { useAPQ } from '@graphql-yoga/plugin-apq';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { PersistedQueries } from '../../domain/persisted-queries.ts';
import type { GatewayContext } from '../../graphql/context.ts';
import { copyText } from '../text-copy.ts';

/** A text that came with its own hash. */
interface SentQuery {
  readonly hash: string;
  readonly text: string;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The hash of a request's `extensions.persistedQuery`; null if there is none. */
const hashOf = (extensions: unknown): string | null => {
  if (!isObject(extensions) || !('persistedQuery' in extensions)) return null;
  const { persistedQuery } = extensions;
  if (!isObject(persistedQuery) || !('sha256Hash' in persistedQuery)) return null;
  return typeof persistedQuery.sha256Hash === 'string' ? persistedQuery.sha256Hash : null;
};

const isMismatch = (error: unknown): boolean =>
  error instanceof GraphQLError && error.extensions['code'] === 'PERSISTED_QUERY_MISMATCH';

/**
 * Automatic persisted queries: runs the document whose hash a client sends, and learns documents that come with their
 * hash. A document is added after it has run: then it is within the limits, it is valid, and the caller's credential is
 * known to be accepted. The package would add it before it is parsed, for anybody.
 */
export const usePersistedQueries = (queries: PersistedQueries): Plugin<GatewayContext> => {
  const { onParams } = useAPQ({
    store: { get: queries.find, set: () => {} },
    // Apollo's gateway and its clients read the error only from an answer with this status.
    responseConfig: { forceStatusCodeOk: true },
  });
  const sent = new WeakMap<Request, SentQuery>();
  return {
    onParams: (payload) => {
      const { query, extensions } = payload.params;
      const hash = hashOf(extensions);
      // yoga refuses a query that is not a text.
      if (hash === null || (query != null && typeof query !== 'string')) return;
      return (async () => {
        try {
          await onParams?.(payload);
        } catch (error) {
          if (!isMismatch(error)) throw error;
          throw new GraphQLError(
            'extensions.persistedQuery.sha256Hash is not the SHA-256 of the query, in lower-case hexadecimal digits. Send the right hash, or none.',
            { extensions: { code: 'PERSISTED_QUERY_MISMATCH', http: { spec: true, status: 400 } } },
          );
        }
        if (query != null) sent.set(payload.request, { hash, text: query });
      })();
    },
    onExecute: ({ args }) => {
      const { request, isCallerAuthenticated } = args.contextValue;
      const added = sent.get(request);
      if (added === undefined) return;
      return {
        onExecuteDone: () => {
          if (isCallerAuthenticated()) void queries.add(copyText(added.hash), copyText(added.text));
        },
      };
    },
  };
};
