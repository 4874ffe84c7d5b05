import { type DocumentNode, GraphQLError, Kind } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { z } from 'zod';
import type { TrustedDocuments } from '../../config.ts';
import { isDocument, rootFieldNames } from '../limits/document-measures.ts';

const persistedId = z.object({
  persistedQuery: z.object({ sha256Hash: z.string() }),
});

/** Parameters that a request may have in addition to those of GraphQL. */
export const documentIdParameters = ['documentId', 'id', 'doc_id'];

/** The document id of a request; null if there is none. Clients send it in one of four ways. */
const idOf = (params: GraphQLParams): string | null => {
  const named = z
    .union([
      z.object({ documentId: z.string() }).transform(({ documentId }) => documentId),
      z.object({ id: z.string() }).transform(({ id }) => id),
      z.object({ doc_id: z.string() }).transform(({ doc_id: id }) => id),
    ])
    .safeParse(params);
  if (named.success) return named.data;
  const extension = persistedId.safeParse(params.extensions);
  return extension.success ? extension.data.persistedQuery.sha256Hash : null;
};

/** Root fields that a router selects in its subgraphs. Its documents cannot be listed in advance. */
const routerFields: ReadonlySet<string> = new Set(['_service', '_entities', '__typename']);

const badRequest = (message: string): GraphQLError =>
  new GraphQLError(message, {
    extensions: { code: 'BAD_REQUEST', http: { spec: true, status: 400 } },
  });

const isOfRouter = (document: DocumentNode): boolean =>
  document.definitions
    .filter((node) => node.kind === Kind.OPERATION_DEFINITION)
    .every((operation) =>
      rootFieldNames(document, operation).every((name) => routerFields.has(name)),
    );

/**
 * Runs only the listed documents, sent as an id or in full, and the documents of a router. Listed documents are found
 * before parsing. A router's document is recognized after parsing, so this plugin comes after `useRequestLimits`, which
 * limits what is parsed.
 */
export const useTrustedDocuments = (documents: TrustedDocuments): Plugin => {
  const texts = new Set(documents.values());
  return {
    onParams: ({ params, setParams }) => {
      const id = idOf(params);
      if (id === null) return;
      const query = documents.get(id) ?? documents.get(id.replace(/^sha256:/, ''));
      if (query === undefined) throw badRequest('No trusted document has this id.');
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
        throw badRequest(
          'Only trusted documents run here: send the id or the text of one of them.',
        );
      });
    },
  };
};
