/** An operation whose QR codes have too many pixels; it is refused before any call to the API. */
export interface DrawingCase {
  readonly name: string;
  /** The number of token ids in the variable `ids`. */
  readonly ids?: number;
  readonly query: string;
  readonly pixels: number;
  /** The field that the message names. */
  readonly path: string;
}

const side256 = 256 ** 2;
const side1024 = 1024 ** 2;

const page = (args: string, selection: string): string =>
  `{ enrollmentTokens(${args}) { nodes { ${selection} } } }`;

/** The outcome in `docs/faults.md`. */
export const refusedBefore = '400 COST_LIMIT_EXCEEDED';

export const drawingCases: readonly DrawingCase[] = [
  {
    name: '100 tokens as PNGs of 1,024 pixels',
    query: page('first: 100', 'enrollmentQrCode(format: PNG_DATA_URL, size: 1024)'),
    pixels: 100 * side1024,
    path: 'enrollmentTokens.nodes.enrollmentQrCode',
  },
  {
    name: '100 tokens as SVGs of 1,024 pixels',
    query: page('first: 100', 'enrollmentQrCode(size: 1024)'),
    pixels: 100 * side1024,
    path: 'enrollmentTokens.nodes.enrollmentQrCode',
  },
  {
    name: 'one code more than 64 of the default size',
    query: page('first: 65', 'enrollmentQrCode'),
    pixels: 65 * side256,
    path: 'enrollmentTokens.nodes.enrollmentQrCode',
  },
  {
    name: 'one id 400 times',
    ids: 400,
    query:
      'query($ids: [ID!]!) { nodes(ids: $ids) { ... on EnrollmentToken { code: enrollmentQrCode } } }',
    pixels: 400 * side256,
    path: 'nodes.code',
  },
  {
    name: 'five codes of 1,024 pixels under five aliases',
    query: page(
      'first: 1',
      [1, 2, 3, 4, 5].map((index) => `a${index}: enrollmentQrCode(size: 1024)`).join(' '),
    ),
    pixels: 5 * side1024,
    path: 'enrollmentTokens.nodes.a1',
  },
  {
    name: 'codes in fragments, in edges and of every user',
    query: `{ mdmUsers(first: 10) { edges { node { ...Codes } } } }
      fragment Codes on MdmUser { enrollmentTokens(first: 5) { edges { node { ... { enrollmentQrCode(size: 512) } } } } }`,
    pixels: 50 * 512 ** 2,
    path: 'mdmUsers.edges.node.enrollmentTokens.edges.node.enrollmentQrCode',
  },
  {
    name: 'codes of entities that a router requests',
    ids: 70,
    query: `query($ids: [ID!]!) { a: nodes(ids: $ids) { id }
      b: _entities(representations: [${'{ __typename: "EnrollmentToken", id: "x" } '.repeat(70)}]) { ... on EnrollmentToken { enrollmentQrCode } } }`,
    pixels: 70 * side256,
    path: 'b.enrollmentQrCode',
  },
  {
    name: 'a bulk create that asks for 100 codes',
    query: `mutation { bulkCreateWindowsEnrollmentTokens(input: { sendEmail: false, userEmails: [${Array.from({ length: 100 }, (_, index) => `"u${index}@example.com"`).join()}] }) { results { enrollmentToken { enrollmentQrCode } } } }`,
    pixels: 100 * side256,
    path: 'bulkCreateWindowsEnrollmentTokens.results.enrollmentToken.enrollmentQrCode',
  },
];

/** Faults while codes are drawn, and the result of the field. */
export const drawingFaults = {
  'more codes than estimated':
    '`COST_LIMIT_EXCEEDED` for each code beyond the pixel limit of an operation; the others are drawn',
  'a size that is too small for the link':
    '`BAD_USER_INPUT` that names the smallest size that works',
  'a link that no QR code can hold': '`UPSTREAM_INVALID_RESPONSE` that names `enrollmentLink`',
} as const;

export type DrawingFault = keyof typeof drawingFaults;
