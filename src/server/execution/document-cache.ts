import { type DocumentNode, Kind, Token, TokenKind, visit } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { copyText } from '../text-copy.ts';

/**
 * Limit of all cached documents together, by the weights below. The document of a page weighs 10 to 30 kB, so several
 * hundred of them are cached.
 */
const maxBytes = 16_000_000;

/** The memory of a cached document by its parts, in bytes: upper bounds that were measured (decision 021). */
const weights = {
  /** The entries here and in the tables of other plugins. */
  document: 1_000,
  /** A node with its location and its lists: 150 to 236 bytes. */
  node: 240,
  /** If the text has characters beyond Latin-1, all of them take two bytes. */
  character: 2,
};

/** Replaces the tokens of cached documents: error messages need only the positions. */
const placeholderToken = new Token(TokenKind.SOF, 0, 0, 0, 0);

/**
 * Removes from a document what only the parser needs, and returns the number of its nodes. The tokens are a linked list:
 * one reference keeps all of them, and they take as much memory as the nodes. Texts that resolvers may keep are copied:
 * a slice would keep the whole document text.
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

/** Documents by their texts. The least recently used ones are dropped first. */
export const createDocumentCache = () => {
  const documents = new LRUCache<string, DocumentNode>({ maxSize: maxBytes });
  return {
    get: (text: string): DocumentNode | undefined => documents.get(text),
    /** Stores the document, and removes its tokens. */
    set: (text: string, document: DocumentNode): void => {
      const nodes = compact(document);
      const size = weights.document + nodes * weights.node + text.length * weights.character;
      documents.set(text, document, { size });
    },
  };
};

/**
 * Caches valid documents, so that each is parsed, measured and validated once. Nothing of a refused document is kept:
 * refusing it again takes a few milliseconds, and a cache would not stop a client that changes a character each time.
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
