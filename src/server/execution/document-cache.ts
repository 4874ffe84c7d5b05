import { type DocumentNode, Kind, Token, TokenKind, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { copyText } from '../text-copy.ts';

/**
 * Of all remembered documents together, as `weigh` counts them. The weights are upper bounds that were measured
 * (decision 021). A page's document weighs 10 to 30 kB, so several hundred of them are remembered.
 */
const maxBytes = 16_000_000;

/** What remembered documents weigh at most, by their parts. */
const weights = {
  /** An entry here, and in each table that other plugins keep by document. */
  document: 1_000,
  /** A node with its location and its lists: 150 to 236 bytes. */
  node: 240,
  /** If the text has characters beyond Latin-1, all of them take two bytes. */
  character: 2,
};

/** Stands for all tokens of remembered documents: error messages need only the positions. */
const placeholderToken = new Token(TokenKind.SOF, 0, 0, 0, 0);

/**
 * Takes from a document what only the parser needs, and returns the number of its nodes. The tokens are a list that
 * holds itself together, and take as much memory as the nodes. Texts that resolvers may keep are copied, as a part of
 * the document's text would hold all of it.
 */
const compact = (document: DocumentNode): number => {
  let nodes = 0;
  visit(document, {
    enter: (node) => {
      nodes += 1;
      if (node.loc)
        Object.assign(node.loc, { startToken: placeholderToken, endToken: placeholderToken });
      if (node.kind === Kind.STRING || node.kind === Kind.INT) {
        Object.assign(node, { value: copyText(node.value) });
      }
    },
  });
  return nodes;
};

/** Documents by their texts; forgets those that were used least recently. */
export const createDocumentCache = () => {
  const documents = new LRUCache<string, DocumentNode>({ maxSize: maxBytes });
  return {
    get: (text: string): DocumentNode | undefined => documents.get(text),
    /** Compacts the document. */
    set: (text: string, document: DocumentNode): void => {
      const nodes = compact(document);
      const size = weights.document + nodes * weights.node + text.length * weights.character;
      documents.set(text, document, { size });
    },
  };
};

/**
 * Remembers documents that are valid, so that they are parsed, measured and validated once. Of a refused document
 * nothing is kept: refusing it again costs a few milliseconds, and a client that wants to cost that only has to change
 * a character.
 */
export const useDocumentCache = (): Plugin => {
  const documents = createDocumentCache();
  const valid = new WeakSet<DocumentNode>();
  return {
    onParse: ({ params, setParsedDocument }) => {
      const known = documents.get(String(params.source));
      if (known) setParsedDocument(known);
    },
    onValidate: ({ params: { documentAST: document }, setResult }) => {
      if (valid.has(document)) {
        setResult([]);
        return;
      }
      return ({ valid: isValid }) => {
        const text = document.loc?.source.body;
        if (!isValid || text === undefined) return;
        documents.set(text, document);
        valid.add(document);
      };
    },
  };
};
