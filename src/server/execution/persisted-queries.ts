import { type APQStore, useAPQ } from '@graphql-yoga/plugin-apq';
import { BREAK, type DocumentNode, GraphQLError, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { withoutAlgorithm } from '../../config.ts';
import {
  longestQuery,
  type PersistedQueries,
  queryEntryBytes,
} from '../../domain/persisted-queries.ts';
import type { GatewayContext } from '../../graphql/context.ts';
import { isTrueWithoutRefusal } from '../auth/authentication.ts';
import { copyText } from '../text-copy.ts';

/** A text whose hash was checked. */
interface CheckedQuery {
  readonly hash: string;
  readonly text: string;
}

/**
 * Limit of the texts that one caller can add in an hour through this process, in bytes as the stores count them. They hold
 * 16 MB. An application has some hundred documents. Without the limit, one caller could push out the texts of all others.
 */
const mostBytesPerCaller = 1_000_000;
const maxCallers = 10_000;
const hourMs = 3_600_000;

/** Counts what each caller adds. `mayAdd` is true while the caller has not used up its share. */
export const createShares = () => {
  const used = new LRUCache<string, number>({ max: maxCallers, ttl: hourMs, noUpdateTTL: true });
  return {
    mayAdd: (caller: string, text: string): boolean => {
      const bytes = (used.get(caller) ?? 0) + queryEntryBytes + 2 * text.length;
      if (bytes > mostBytesPerCaller) return false;
      used.set(caller, bytes);
      return true;
    },
  };
};

const refuse = (code: 'BAD_REQUEST' | 'PERSISTED_QUERY_MISMATCH', message: string): never => {
  throw new GraphQLError(message, { extensions: { code, http: { spec: true, status: 400 } } });
};

/** Anything else would be ignored by the package: the text would run without a check of its hash. */
const persistedQuery = z.object({
  version: z.literal(1),
  sha256Hash: z.string().transform(withoutAlgorithm),
});

/** The persisted query that a request names; null if it names none. Throws if it does so in a form that is not known. */
const readNamed = (extensions: unknown): z.infer<typeof persistedQuery> | null => {
  const named: unknown =
    typeof extensions === 'object' && extensions !== null && 'persistedQuery' in extensions
      ? extensions.persistedQuery
      : null;
  if (named === null || named === undefined) return null;
  const { data } = persistedQuery.safeParse(named);
  return (
    data ??
    refuse(
      'BAD_REQUEST',
      'extensions.persistedQuery must have the version 1, and the SHA-256 of the document as sha256Hash.',
    )
  );
};

const isMismatch = (error: unknown): boolean =>
  error instanceof GraphQLError && error.extensions['code'] === 'PERSISTED_QUERY_MISMATCH';

/** Whether a document contains comments, or texts as values, which may be a person's name or a credential. */
const hasValues = (document: DocumentNode, text: string): boolean => {
  let found = text.includes('#');
  visit(document, {
    StringValue: () => {
      found = true;
      return BREAK;
    },
  });
  return found;
};

/** Whether the caller's credential is known to be accepted, and gives access to something. */
const isAccepted = ({ isCallerAuthenticated, authorize }: GatewayContext): boolean =>
  isCallerAuthenticated() &&
  (['read', 'write'] as const).some((access) =>
    isTrueWithoutRefusal(() => {
      authorize(access, 'persisted queries');
      return true;
    }),
  );

/**
 * Automatic persisted queries: runs the document whose hash a client sends, and learns documents that come with their
 * hash. A document is added after it has run: then it is within the limits, it is valid, and the caller may run it. The
 * package would add it before it is parsed, for anybody.
 */
export const usePersistedQueries = (queries: PersistedQueries): Plugin<GatewayContext> => {
  const shares = createShares();
  const checked = new WeakMap<Request, CheckedQuery>();

  /** Adds a text. A known one costs the caller nothing, and is added again because another replica may not know it. */
  const add = async (caller: string, { hash, text }: CheckedQuery, document: DocumentNode) => {
    const isKnown = (await queries.find(hash)) !== null;
    if (!isKnown && !shares.mayAdd(caller, text)) return;
    await queries.add(copyText(hash), copyText(text), hasValues(document, text));
  };

  /** The package's plugin for one request. It calls `set` after it has compared the hash. */
  const createPlugin = (set: APQStore['set']) =>
    useAPQ({
      store: { get: queries.find, set },
      // Apollo's gateway reads the error only from an answer with this status.
      responseConfig: { forceStatusCodeOk: true },
    });

  return {
    onParams: (payload) => {
      const { query, extensions } = payload.params;
      const named = readNamed(extensions);
      // yoga refuses a query that is not a text.
      if (named === null || (query != null && typeof query !== 'string')) return;
      const params = { ...payload.params, extensions: { ...extensions, persistedQuery: named } };
      const { onParams } = createPlugin((hash, text) => {
        checked.set(payload.request, { hash, text });
      });
      return (async () => {
        try {
          await onParams?.({ ...payload, params });
        } catch (error) {
          if (!isMismatch(error)) throw error;
          refuse(
            'PERSISTED_QUERY_MISMATCH',
            'extensions.persistedQuery.sha256Hash is not the SHA-256 of the query, in lower-case hexadecimal digits. Send the right hash, or none.',
          );
        }
      })();
    },
    onExecute: ({ args, executeFn, setExecuteFn }) => {
      const { contextValue: context, document } = args;
      const query = checked.get(context.request);
      if (query === undefined) return;
      setExecuteFn(async (given) => {
        const result: unknown = await executeFn(given);
        const { fingerprint } = context;
        // Another plugin can have replaced the text.
        const hasRun = document.loc?.source.body === query.text;
        const isKept = hasRun && Buffer.byteLength(query.text) <= longestQuery;
        if (fingerprint !== null && isKept && isAccepted(context)) {
          void add(fingerprint, query, document);
        }
        return result;
      });
    },
  };
};
