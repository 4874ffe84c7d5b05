import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  type ParseOptions,
  parse,
  Source,
  type ValidationRule,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { countOverlaps, type Measures, measureDocument } from './document-measures.ts';

/** The configurable limits of a document. */
export interface RequestLimits {
  readonly maxDepth: number;
  readonly maxAliases: number;
  readonly maxDirectives: number;
  readonly maxTokens: number;
}

/** The limits that are not configurable. */
export const requestLimits = {
  bodyBytes: 256 * 1024,
  /** Uses of `__schema` and `__type` in an operation. Each one can return the whole schema. */
  introspections: 4,
  /** Pairs of fields that validation compares. 10,000 take a few milliseconds. */
  overlaps: 10_000,
  /** Levels of lists and objects in the variables. */
  variableDepth: 32,
  /** Fields of one object in the variables. Each unknown one is an error that contains the whole object. */
  objectFields: 200,
  /** Objects in the variables. Reading 10,000 as inputs takes some tens of milliseconds. */
  objects: 10_000,
  /** Lines of a document; half of `MAX_TOKENS` if that is more. Each error counts the lines up to its location. */
  lines: 1_000,
  /** Faults that validation reports before it stops. */
  validationErrors: 8,
  /** Characters of an alias. An answer repeats it for each object, and each error in its path. */
  aliasLength: 200,
} as const;

const createRequestError = (
  message: string,
  code: 'BAD_REQUEST' | 'GRAPHQL_VALIDATION_FAILED',
): GraphQLError =>
  new GraphQLError(message, { extensions: { code, http: { spec: true, status: 400 } } });

/** graphql gives this error no code: only its text tells it from other syntax errors. */
const isOverTokens = (error: unknown, most: number): boolean =>
  error instanceof GraphQLError &&
  error.message === `Syntax Error: Document contains more that ${most} tokens. Parsing aborted.`;

const parseTokens = (source: Source, options: ParseOptions, most: number): DocumentNode => {
  try {
    return parse(source, { ...options, maxLexicalTokens: most });
  } catch (error) {
    if (!isOverTokens(error, most)) throw error;
    throw createRequestError(
      `The document has more than ${most} tokens. Select less, or in several operations.`,
      'BAD_REQUEST',
    );
  }
};

const checkOperation = (measures: Measures, limits: RequestLimits): string | null => {
  const { depth, width, aliases, aliasLength, directives, introspections } = measures;
  if (depth > limits.maxDepth) {
    return `The operation is ${depth} fields deep; at most ${limits.maxDepth} are allowed. Select less deeply, or in two operations.`;
  }
  if (aliases > limits.maxAliases) {
    return `The operation has ${aliases} aliases, those in fragments counted wherever they are spread; at most ${limits.maxAliases} are allowed. Ask in several operations.`;
  }
  if (width > limits.maxAliases) {
    return `The operation has ${width} root fields; at most ${limits.maxAliases} are allowed. Ask in several operations.`;
  }
  if (aliasLength > requestLimits.aliasLength) {
    return `An alias has ${aliasLength} characters; at most ${requestLimits.aliasLength} are allowed. Choose a shorter one.`;
  }
  if (directives > limits.maxDirectives) {
    return `The operation has ${directives} directives, those in fragments counted wherever they are spread; at most ${limits.maxDirectives} are allowed. Use fewer.`;
  }
  if (introspections > requestLimits.introspections) {
    return `The operation asks for the schema ${introspections} times; at most ${requestLimits.introspections} are allowed. Ask once.`;
  }
  return null;
};

/** The reason to refuse a document before it is validated; null if there is none. */
export const checkDocument = (document: DocumentNode, limits: RequestLimits): string | null => {
  const { operations, fields } = measureDocument(document);
  for (const measures of operations) {
    const fault = checkOperation(measures, limits);
    if (fault !== null) return fault;
  }
  if (fields > limits.maxTokens) {
    return `The document selects ${fields} fields, those in fragments counted wherever they are spread; at most ${limits.maxTokens} are allowed. Select less, or spread fewer fragments.`;
  }
  if (countOverlaps(document, requestLimits.overlaps) > requestLimits.overlaps) {
    return 'The document selects the same fields too often in one place. Select each once, or spread fewer fragments that overlap.';
  }
  return null;
};

/** The reason to refuse variables or extensions before they are read; null if there is none. */
const checkParameters = (params: unknown): string | null => {
  let level: readonly unknown[] = [params];
  let objects = 0;
  // The parameters themselves are the first level.
  for (let depth = 0; depth <= 1 + requestLimits.variableDepth; depth += 1) {
    const next: unknown[] = [];
    for (const item of level) {
      if (typeof item !== 'object' || item === null) continue;
      const values: readonly unknown[] = Object.values(item);
      if (!Array.isArray(item)) {
        objects += 1;
        if (values.length > requestLimits.objectFields) {
          return `An object in the variables or extensions has ${values.length} fields; at most ${requestLimits.objectFields} are allowed.`;
        }
      }
      for (const value of values) if (typeof value === 'object') next.push(value);
    }
    if (objects > requestLimits.objects) {
      return `The variables and extensions have more than ${requestLimits.objects} objects. Send fewer at once.`;
    }
    if (next.length === 0) return null;
    level = next;
  }
  return `The variables or extensions are nested deeper than ${requestLimits.variableDepth} levels. Send flatter ones.`;
};

const lineEnd = /\r\n|\n|\r/g;

const hasMoreLines = (text: string, most: number): boolean => {
  let lines = 0;
  for (const _end of text.matchAll(lineEnd)) {
    lines += 1;
    if (lines >= most) return true;
  }
  return false;
};

/**
 * Refuses documents that are too large: lines before parsing, tokens while parsing; depth, aliases, directives and fields
 * before validation, with fragments counted wherever they are spread. A refusal takes a few milliseconds of CPU at most.
 */
export const useRequestLimits = (limits: RequestLimits, hidesSuggestions: boolean): Plugin => {
  const mostLines = Math.max(requestLimits.lines, limits.maxTokens / 2);
  const parseWithin = (text: string | Source, options: ParseOptions = {}): DocumentNode => {
    const body = typeof text === 'string' ? new Source(text) : text;
    if (hasMoreLines(body.body, mostLines)) {
      throw createRequestError(
        `The document has more than ${mostLines} lines. Leave out blank lines and comments.`,
        'BAD_REQUEST',
      );
    }
    const document = parseTokens(body, options, limits.maxTokens);
    const fault = checkDocument(document, limits);
    if (fault !== null) throw createRequestError(fault, 'GRAPHQL_VALIDATION_FAILED');
    return document;
  };
  return {
    onParams: ({ params }) => {
      const fault = checkParameters(params);
      if (fault !== null) throw createRequestError(fault, 'BAD_REQUEST');
    },
    onParse: ({ setParseFn }) => setParseFn(parseWithin),
    onValidate: ({ setValidationFn }) => {
      setValidationFn((schema: GraphQLSchema, document: DocumentNode, rules: ValidationRule[]) =>
        validate(schema, document, rules, {
          maxErrors: requestLimits.validationErrors,
          hideSuggestions: hidesSuggestions,
        }),
      );
    },
  };
};
