import { type DocumentNode, GraphQLError, Kind } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { z } from 'zod';
import type { TrustedDocuments } from '../../config.ts';
import { isDocument, rootFieldNames } from '../limits/document-measures.ts';

const persistedId = z.object({
  persistedQuery: z.object({ sha256Hash: z.string() }),
});

/** What requests may have beside GraphQL's own parameters. */
export const documentIdParameters = ['documentId', 'id', 'doc_id'];

/** Clients name a document in one of these ways; hashes may carry the algorithm. */
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

/** What a router asks of its subgraphs: nobody can list that beforehand. */
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
 * Runs only documents of the list, asked for by id or in full, and what a router asks. The former are known before
 * anything is parsed. The latter show only once they are: after `useLimits`, whose parsing is bounded.
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
