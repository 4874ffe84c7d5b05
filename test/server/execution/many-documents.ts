import { repeatText } from '../../support/repeat.ts';

/** A document that an unknown caller sends in hundreds of variants, to fill the memory of the process. */
export interface DocumentFlood {
  readonly name: string;
  /** The configuration of the gateway. With trusted documents, only a router's documents are parsed. */
  readonly mode: 'passthrough' | 'service' | 'trusted documents';
  readonly document: (index: number) => string;
  /** Megabytes of the heap: 256, or 128 if half of the variants are enough. */
  readonly heap: 128 | 256;
  /**
   * More than the number that ended the process when documents were weighed by their texts: 334 with 256 MB, or 497 valid
   * ones.
   */
  readonly variants: number;
  /** The outcome of each variant. */
  readonly gives: string;
}

const levels = 600;

const unused = {
  name: '480 variables that are not used',
  document: (index: number) =>
    `query Q${index}(${repeatText(480, (at) => `$v${at}: ID`)}) { __typename }`,
  gives: '400 GRAPHQL_VALIDATION_FAILED',
};

export const documentFloods: readonly DocumentFlood[] = [
  { ...unused, mode: 'passthrough', heap: 256, variants: 400 },
  { ...unused, mode: 'service', heap: 128, variants: 200 },
  { ...unused, mode: 'trusted documents', heap: 128, variants: 200 },
  {
    name: 'inline fragments 600 levels deep, which are valid',
    mode: 'passthrough',
    document: (index) =>
      `query Q${index} { ${'... { '.repeat(levels)} __typename ${'}'.repeat(levels)} }`,
    heap: 128,
    variants: 300,
    gives: '200 OK',
  },
];
