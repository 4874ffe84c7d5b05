/** A document that a stranger sends in hundreds of variants, to fill the memory of the process with them. */
export interface DocumentFlood {
  readonly name: string;
  /** How the gateway is run. With trusted documents, strangers may only ask as a router does. */
  readonly mode: 'passthrough' | 'service' | 'trusted documents';
  readonly document: (index: number) => string;
  /** More than were enough to end the process when documents were weighed by their texts: 334 and 497. */
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
  variants: 400,
  gives: '400 GRAPHQL_VALIDATION_FAILED',
};

export const documentFloods: readonly DocumentFlood[] = [
  { ...unused, mode: 'passthrough' },
  { ...unused, mode: 'service' },
  { ...unused, mode: 'trusted documents' },
  {
    name: 'inline fragments 600 levels deep, which are valid',
    mode: 'passthrough',
    document: (index) =>
      `query Q${index} { ${'... { '.repeat(levels)} __typename ${'}'.repeat(levels)} }`,
    variants: 600,
    gives: '200 OK',
  },
];
