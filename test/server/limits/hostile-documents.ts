import { repeatText } from '../../support/repeat.ts';

/** A request body that is meant to use up CPU or memory. */
export interface HostileDocument {
  readonly name: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** The status and the code of the error. */
  readonly gives: string;
  /** The text of the error. */
  readonly says: RegExp;
}

/** Each fragment spreads the next one twice. */
const doubling = (levels: number, top: string, inner: (next: string) => string): string =>
  `{ ${top} } ${repeatText(levels, (level) => {
    const body = level === levels - 1 ? '__typename' : inner(`F${level + 1}`);
    return `fragment F${level} on MdmUser { ${body} }`;
  })}`;

const user = (spread: string): string => `mdmUser(email: "ana@example.com") { ${spread} }`;
const tokens = 'enrollmentTokens { nodes { user';

export const hostileDocuments: readonly HostileDocument[] = [
  {
    name: '10,000 aliases',
    query: `{ ${repeatText(10_000, (index) => `a${index}: __typename`)} }`,
    gives: '400 BAD_REQUEST',
    says: /more than 2000 tokens/,
  },
  {
    name: '600 aliases within the tokens',
    query: `{ ${repeatText(600, (index) => `a${index}: __typename`)} }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /600 aliases.*at most 30/,
  },
  {
    name: '100,000 tokens',
    query: `{ ${'a '.repeat(99_998)} }`,
    gives: '400 BAD_REQUEST',
    says: /more than 2000 tokens/,
  },
  {
    name: '2,000 tokens',
    query: `query($n: [Int] = [${'1 '.repeat(1_985)}]) { __typename }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /"\$n" is never used/,
  },
  {
    name: '2,001 tokens',
    query: `query($n: [Int] = [${'1 '.repeat(1_986)}]) { __typename }`,
    gives: '400 BAD_REQUEST',
    says: /^The document has more than 2000 tokens\. Select less, or in several operations\.$/,
  },
  {
    name: 'fragments that expand to 2^30 fields, by aliases',
    query: doubling(
      31,
      user('...F0'),
      (next) => `x: ${tokens} { ...${next} } } } y: ${tokens} { ...${next} } } }`,
    ),
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /fields deep/,
  },
  {
    name: 'fragments that expand to 2^30 fields of one level',
    query: doubling(31, user('...F0'), (next) => `...${next} ...${next} id`),
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /selects \d+ fields.*at most 2000/,
  },
  {
    name: 'fragments that multiply the aliases of one field',
    query: doubling(8, user('...F0'), (next) => `a: id ...${next} ...${next}`),
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /aliases/,
  },
  {
    name: '100,000 blank lines',
    query: `${'\n'.repeat(100_000)}{ __typename }`,
    gives: '400 BAD_REQUEST',
    says: /more than 1000 lines/,
  },
  {
    name: '20,000 lines of comments, ended in three ways',
    query: `${'# \r# \n# \r\n'.repeat(7_000)}{ __typename }`,
    gives: '400 BAD_REQUEST',
    says: /more than 1000 lines/,
  },
  {
    name: 'an input object of 20,000 fields',
    query:
      'mutation($i: UpdateEnrollmentTokenInput!) { updateEnrollmentToken(input: $i) { userErrors { code } } }',
    variables: { i: Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`k${at}`, 1])) },
    gives: '400 BAD_REQUEST',
    says: /has 20000 fields; at most 200/,
  },
  {
    name: 'sixty unknown fields beside a text of 200 kB',
    query:
      'mutation($i: UpdateEnrollmentTokenInput!) { updateEnrollmentToken(input: $i) { userErrors { code } } }',
    variables: {
      i: {
        displayName: 'x'.repeat(200_000),
        ...Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, 1])),
      },
    },
    gives: '400 BAD_USER_INPUT',
    says: /got invalid value/,
  },
  {
    name: '12,000 objects in a list',
    query: 'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
    variables: { r: Array.from({ length: 12_000 }, () => ({})) },
    gives: '400 BAD_REQUEST',
    says: /more than 10000 objects/,
  },
  {
    name: '28 bulk creates of 1,000 addresses that are none',
    query: `mutation($e: [String!]!) { ${repeatText(28, (index) => `b${index}: bulkCreateAppleEnrollmentTokens(input: { sendEmail: true, validateOnly: true, userEmails: $e }) { total }`)} }`,
    variables: { e: Array.from({ length: 1_000 }, (_, at) => `x${at}`) },
    gives: '400 COST_LIMIT_EXCEEDED',
    says: /names 28000 ids, representations and addresses/,
  },
  {
    name: 'a document of 1 MB',
    query: `{ __typename } # ${'x'.repeat(1_000_000)}`,
    gives: '413 REQUEST_ENTITY_TOO_LARGE',
    says: /too large/,
  },
  {
    name: 'a variable of 10 MB',
    query: 'query($email: String!) { mdmUser(email: $email) { id } }',
    variables: { email: 'x'.repeat(10_000_000) },
    gives: '413 REQUEST_ENTITY_TOO_LARGE',
    says: /too large/,
  },
  {
    name: 'one field 500 times over',
    query: `{ enrollmentTokens { nodes { ${'id '.repeat(500)} } } }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /same fields too often/,
  },
  {
    name: 'overlapping pairs within overlapping pairs',
    query: `{ ${repeatText(20, () => `${repeatText(3, () => `enrollmentTokens { ${repeatText(4, () => 'nodes { id }')} }`)}`)} }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /root fields|same fields too often/,
  },
  {
    name: '170 fragments on one field',
    query: `{ enrollmentTokens { nodes { ${repeatText(170, (index) => `...F${index}`)} } } } ${repeatText(170, (index) => `fragment F${index} on WindowsEnrollmentToken { id }`)}`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /same fields too often/,
  },
  {
    name: '300 directives',
    query: `{ ${repeatText(300, () => '__typename @skip(if: false)')} }`,
    gives: '400 BAD_REQUEST',
    says: /tokens|root fields|directives/,
  },
  {
    name: '60 directives on one field',
    query: `{ __typename ${'@include(if: true) '.repeat(60)} }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /60 directives.*at most 50/,
  },
  {
    name: 'nesting of 600 levels',
    query: `${'{ a '.repeat(600)}${'}'.repeat(600)}`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /600 fields deep; at most 12/,
  },
  {
    name: 'inline fragments 400 levels deep',
    query: `{ ${'... { '.repeat(400)} __typename ${'}'.repeat(400)} }`,
    gives: '200 OK',
    says: /^$/,
  },
  {
    name: 'a fragment within itself',
    query: '{ ...F } fragment F on Query { ...G } fragment G on Query { ...F }',
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /Cannot spread fragment "F" within itself/,
  },
  {
    name: 'the whole schema ten times',
    query: `{ ${repeatText(10, (index) => `a${index}: __schema { types { name fields { name } } }`)} }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /asks for the schema 10 times/,
  },
  {
    name: 'introspection that goes round in circles',
    query:
      '{ __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }',
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /introspection depth/i,
  },
  {
    name: '400 unknown fields',
    query: `{ ${repeatText(25, (index) => `enrollmentTokenz${index}`)} }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /Cannot query field/,
  },
  {
    name: 'an unknown field with a name of 200 KB',
    query: `{ ${'x'.repeat(200_000)} }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /Cannot query field/,
  },
  {
    name: 'variables of 100,000 levels',
    query: '{ __typename }',
    variables: {},
    gives: '400 BAD_REQUEST',
    says: /nested deeper than 32/,
  },
  {
    name: '400 variables',
    query: `query(${repeatText(300, (index) => `$v${index}: Int`)}) { __typename }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /is never used/,
  },
  {
    name: 'an alias of 201 characters',
    query: `{ ${'x'.repeat(201)}: __typename }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /^An alias has 201 characters; at most 200 are allowed/,
  },
  {
    name: 'an alias of 200 KB in a fragment',
    query: `{ ...F } fragment F on Query { ${'x'.repeat(200_000)}: __typename }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /^An alias has 200000 characters/,
  },
  {
    name: 'names of 60 KB of an operation, a variable and a fragment',
    query: `query ${'q'.repeat(60_000)}($${'v'.repeat(60_000)}: Int) { ...${'f'.repeat(60_000)} }`,
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    says: /Unknown fragment "f{100}…"[\s\S]*Variable "\$v{100}…" is never used in operation "q{100}…"/,
  },
  {
    name: 'a syntax error at a name of 200 KB',
    query: `{ a } ${'x'.repeat(200_000)}`,
    gives: '400 GRAPHQL_PARSE_FAILED',
    says: /Unexpected Name "x{100}…"/,
  },
];

const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;

/** The request body with the document. */
export const bodyOf = ({ name, query, variables }: HostileDocument): string =>
  name === 'variables of 100,000 levels'
    ? `{"query":${JSON.stringify(query)},"variables":{"a":${deep}}}`
    : JSON.stringify({ query, variables });
