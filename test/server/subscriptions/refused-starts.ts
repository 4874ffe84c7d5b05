/** The name of a subscription that is refused when it starts, its text and variables, and the code and message of the error. */
type RefusedStart = readonly [string, string, Readonly<Record<string, unknown>>, string, RegExp];

/** The limits that the cases exceed. */
export const lowLimits = {
  MAX_DEPTH: '6',
  MAX_ALIASES: '6',
  MAX_DIRECTIVES: '3',
  MAX_TOKENS: '200',
  MAX_UPSTREAM_CALLS: '8',
  MAX_SCAN_ITEMS: '2000',
  UPSTREAM_MAX_LIMIT: '500',
} as const;

const withToken = (selection: string): string =>
  `subscription { enrollmentTokenChanges { token { ${selection} } } }`;

export const refusedStarts: readonly RefusedStart[] = [
  [
    'if it is too deep',
    withToken(
      'policyAssignments { policy { ... on WindowsMdmPolicy { enrollmentTokens { nodes { user { id } } } } } }',
    ),
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /fields deep; at most 6/,
  ],
  [
    'if it has too many aliases',
    withToken('a: id b: id c: id d: id e: id f: id g: id'),
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /has 7 aliases/,
  ],
  [
    'if it has too many directives',
    withToken('id @skip(if: false) @skip(if: false) @include(if: true) @include(if: true)'),
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /has 4 directives/,
  ],
  [
    'if it has too many tokens',
    withToken('id '.repeat(300)),
    {},
    'BAD_REQUEST',
    /more than 200 tokens/,
  ],
  [
    'if it selects an unknown field',
    withToken('nothing'),
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /Cannot query field "nothing"/,
  ],
  [
    'if it has two root fields',
    'subscription { a: enrollmentTokenChanges { kind } b: enrollmentTokenChanges { kind } }',
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /must select only one top level field/,
  ],
  [
    'if its root field is __typename',
    'subscription { __typename }',
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /introspection top level field/,
  ],
  [
    'if its root field is skipped',
    'subscription { enrollmentTokenChanges @skip(if: true) { kind } }',
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /cannot have @skip or @include/,
  ],
  [
    'if its root field is skipped in a fragment',
    'subscription { ...A } fragment A on Subscription { ... @include(if: false) { enrollmentTokenChanges { kind } } }',
    {},
    'GRAPHQL_VALIDATION_FAILED',
    /cannot have @skip or @include/,
  ],
  [
    'if a variable decides about its root field',
    'subscription ($a: Boolean!) { enrollmentTokenChanges @skip(if: $a) { kind } }',
    { a: true },
    'BAD_REQUEST',
    /variable "\$a" which was not provided/,
  ],
  [
    'if a variable is missing',
    'subscription ($a: String!) { enrollmentTokenChanges(after: $a) { kind } }',
    {},
    'BAD_USER_INPUT',
    /Variable "\$a" of required type/,
  ],
  [
    'if a variable is of another type',
    'subscription ($a: String) { enrollmentTokenChanges(after: $a) { kind } }',
    { a: 1 },
    'BAD_USER_INPUT',
    /Variable "\$a" got invalid value 1/,
  ],
  [
    'if catching up and one event would cost too many calls',
    'subscription { enrollmentTokenChanges(after: "x") { token { user { name enrollmentTokens { totalCount } } policyAssignments { policy { version } } } } }',
    {},
    'COST_LIMIT_EXCEEDED',
    /about 12 calls to the API, and at most 8/,
  ],
  [
    'if it would draw too large codes',
    withToken(
      ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}: enrollmentQrCode(size: 1024)`).join(' '),
    ),
    {},
    'COST_LIMIT_EXCEEDED',
    /QR codes of 5242880 pixels/,
  ],
];
