import { createHash } from 'node:crypto';
import { type DocumentNode, GraphQLError, Kind } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { z } from 'zod';
import { type TrustedDocuments, withoutAlgorithm } from '../../config.ts';
import type { PersistedQueries } from '../../domain/persisted-queries.ts';
import { isDocument, rootFieldNames } from '../limits/document-measures.ts';

/** Parameters that a request may have in addition to those of GraphQL. */
export const documentIdParameters = ['documentId', 'id', 'doc_id'];

/** The document id of a request; null if there is none. A client sends it in one of three parameters. */
const idOf = (params: GraphQLParams): string | null => {
  const named = z
    .union([
      z.object({ documentId: z.string() }).transform(({ documentId }) => documentId),
      z.object({ id: z.string() }).transform(({ id }) => id),
      z.object({ doc_id: z.string() }).transform(({ doc_id: id }) => id),
    ])
    .safeParse(params);
  return named.success ? named.data : null;
};

const findDocument = (documents: TrustedDocuments, id: string): string | undefined =>
  documents.get(withoutAlgorithm(id));

/**
 * Persisted queries that find the listed documents by their ids and by their hashes. The others are the documents of
 * routers: whatever is found, `useTrustedDocuments` checks the text.
 */
export const withTrustedDocuments = (
  documents: TrustedDocuments,
  others: PersistedQueries,
): PersistedQueries => {
  const byHash = new Map(
    Array.from(documents.values(), (text) => [
      createHash('sha256').update(text).digest('hex'),
      text,
    ]),
  );
  return {
    ...others,
    find: async (hash) =>
      findDocument(documents, hash) ?? byHash.get(hash) ?? (await others.find(hash)),
  };
};

/** Root fields that a router selects in its subgraphs. Its documents cannot be listed in advance. */
const routerFields: ReadonlySet<string> = new Set(['_service', '_entities', '__typename']);

const createRefusal = (message: string, code: 'BAD_REQUEST' | 'PERSISTED_QUERY_NOT_FOUND') =>
  new GraphQLError(message, { extensions: { code, http: { spec: true, status: 400 } } });

const isOfRouter = (document: DocumentNode): boolean =>
  document.definitions
    .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    .every((operation) =>
      rootFieldNames(document, operation).every((name) => routerFields.has(name)),
    );

/**
 * Runs only the listed documents, sent as an id or in full, and the documents of a router. A hash in the extensions is read
 * by `usePersistedQueries`. Listed documents are found before parsing. A router's document is recognized after parsing, so
 * this plugin comes after `useRequestLimits`, which limits what is parsed.
 */
export const useTrustedDocuments = (documents: TrustedDocuments): Plugin => {
  const texts = new Set(documents.values());
  return {
    onParams: ({ params, setParams }) => {
      const id = idOf(params);
      if (id === null) return;
      const query = findDocument(documents, id);
      if (query === undefined) {
        throw createRefusal('No trusted document has this id.', 'PERSISTED_QUERY_NOT_FOUND');
      }
      const { variables, operationName } = params;
      setParams({
        query,
        ...(variables && { variables }),
        ...(operationName && { operationName }),
      });
    },
    onParse: ({ params, parseFn, setParseFn }) => {
      if (texts.has(String(params.source))) return;
      setParseFn((...given: Parameters<typeof parseFn>) => {
        const document: unknown = parseFn(...given);
        if (isDocument(document) && isOfRouter(document)) return document;
        throw createRefusal(
          'Only trusted documents run here: send the id or the text of one of them.',
          'BAD_REQUEST',
        );
      });
    },
  };
};

/** Without trusted documents: refuses an id without a text, and says what is missing. A text runs whatever id it has. */
export const useNoTrustedDocuments = (): Plugin => ({
  onParams: ({ params }) => {
    if (idOf(params) === null || params.query != null) return;
    throw createRefusal(
      'This gateway has no trusted documents: TRUSTED_DOCUMENTS_FILE is not set. Send the text of the document as query.',
      'PERSISTED_QUERY_NOT_FOUND',
    );
  },
});
