/** A document that a stranger sends in hundreds of variants, to fill the memory of the process with them. */
export interface DocumentFlood {
  readonly name: string;
  /** How the gateway is run. With trusted documents, strangers may only ask as a router does. */
  readonly mode: 'passthrough' | 'service' | 'trusted documents';
  readonly document: (index: number) => string;
  /** Megabytes of the heap. Half of the usual 256, where half of the variants show the same. */
  readonly heap: 128 | 256;
  /**
   * More than were enough to end the process when documents were weighed by their texts: with 256 MB 334, or 497 that
   * are valid.
   */
  readonly variants: number;
  /** What each variant gives. */
  readonly gives: string;
}

const times = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const levels = 600;

const unused = {
  name: '480 variables that are not used',
  document: (index: number) =>
    `query Q${index}(${times(480, (at) => `$v${at}: ID`)}) { __typename }`,
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
