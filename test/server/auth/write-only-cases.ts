/** A mutation of a caller who has the scope for writing only. */
export interface WriteOnlyCase {
  readonly name: string;
  readonly document: string;
  /** The field that the refusal names; null: the mutation runs. */
  readonly refused: string | null;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly operationName?: string;
}

const revoke = 'revokeEnrollmentToken(input: { id: "x" })';
const create = 'createWindowsEnrollmentToken(input: { userId: "x", sendEmail: false })';
const bulk = 'bulkCreateAppleEnrollmentTokens(input: { userEmails: ["x"], sendEmail: false })';

const link = 'EnrollmentToken.enrollmentLink';
const ownLink = 'WindowsEnrollmentToken.enrollmentLink';

const ofRevoked = (name: string, selected: string, refused: string | null = link) => ({
  name,
  document: `mutation { ${revoke} { ${selected} } }`,
  refused,
});

const ofDocument = (name: string, document: string, refused: string | null = link) => ({
  name,
  document,
  refused,
});

const fields: readonly WriteOnlyCase[] = [
  ofDocument(
    'the link of the token just created',
    `mutation { ${create} { enrollmentToken { id enrollmentLink } } }`,
    ownLink,
  ),
  ofDocument(
    'the code of the token just created',
    `mutation { ${create} { enrollmentToken { enrollmentCode } } }`,
    'WindowsEnrollmentToken.enrollmentCode',
  ),
  ofDocument(
    'its QR code',
    `mutation { ${create} { enrollmentToken { enrollmentQrCode } } }`,
    'WindowsEnrollmentToken.enrollmentQrCode',
  ),
  ofDocument(
    'the links of a bulk',
    `mutation { ${bulk} { total results { email enrollmentToken { enrollmentLink } } } }`,
  ),
  ofRevoked('the user of a token', 'enrollmentToken { user { id } }', 'EnrollmentToken.user'),
  ofRevoked(
    'a list below the user of a token',
    'enrollmentToken { user { enrollmentTokens { nodes { enrollmentLink } } } }',
    'EnrollmentToken.user',
  ),
  ofRevoked(
    'a field of one platform',
    'enrollmentToken { id ... on AppleEnrollmentToken { vppLocation { id } } }',
    'AppleEnrollmentToken.vppLocation',
  ),
  ofRevoked(
    'candidates, by their ids only',
    'userErrors { code ... on MdmOutcomeUnknownError { candidates { id } } }',
    'MdmOutcomeUnknownError.candidates',
  ),
  ofDocument(
    'candidates of one address of a bulk',
    `mutation { ${bulk} { results { error { ... on MdmOutcomeUnknownError { candidates { id } } } } } }`,
    'MdmOutcomeUnknownError.candidates',
  ),
];

const shapes: readonly WriteOnlyCase[] = [
  ofRevoked('a field behind an alias', 'one: enrollmentToken { id: enrollmentLink }'),
  ofRevoked(
    'an inline fragment without a type',
    '... { enrollmentToken { ... { enrollmentLink } } }',
  ),
  ofRevoked(
    'an inline fragment within another',
    'enrollmentToken { ... on Node { id ... on WindowsEnrollmentToken { enrollmentLink } } }',
    ownLink,
  ),
  ofRevoked(
    'an inline fragment that can never apply',
    'enrollmentToken { ... on Node { ... on MdmUser { name } } }',
    'MdmUser.name',
  ),
  ofDocument(
    'a fragment',
    `mutation { ${revoke} { ...P } } fragment P on RevokeEnrollmentTokenPayload { enrollmentToken { enrollmentLink } }`,
  ),
  ofDocument(
    'fragments within fragments',
    `mutation { ...M } fragment T on EnrollmentToken { id ...L }
     fragment L on EnrollmentToken { enrollmentLink }
     fragment M on Mutation { ${revoke} { enrollmentToken { ...T } } }`,
  ),
  ofDocument(
    'a fragment that is left out once and spread once',
    `mutation { ${revoke} { enrollmentToken { ...L @skip(if: true) ...L } } }
     fragment L on EnrollmentToken { enrollmentLink }`,
  ),
  ofDocument(
    'the second of two mutations',
    `mutation { one: ${revoke} { userErrors { code } } two: ${revoke} { enrollmentToken { enrollmentLink } } }`,
  ),
  {
    ...ofDocument(
      'the one of several operations that runs',
      `mutation A { ${revoke} { userErrors { code } } } mutation B { ${revoke} { enrollmentToken { enrollmentLink } } }`,
    ),
    operationName: 'B',
  },
  ofRevoked('@skip(if: false)', 'enrollmentToken { enrollmentLink @skip(if: false) }'),
  ofRevoked('@include(if: true)', 'enrollmentToken { ... @include(if: true) { enrollmentLink } }'),
  {
    ...ofDocument(
      '@include with a variable',
      `mutation($all: Boolean!) { ${revoke} { enrollmentToken @include(if: $all) { enrollmentLink } } }`,
    ),
    variables: { all: true },
  },
  ofDocument(
    "@skip with a variable's default",
    `mutation($none: Boolean = false) { ${revoke} { enrollmentToken { enrollmentLink @skip(if: $none) } } }`,
  ),
  {
    ...ofDocument(
      'a default that the variable overrides',
      `mutation($none: Boolean! = true) { ${revoke} { enrollmentToken { enrollmentLink @skip(if: $none) } } }`,
    ),
    variables: { none: false },
  },
];

const served: readonly WriteOnlyCase[] = [
  ofRevoked(
    'ids, outcomes and errors',
    '__typename enrollmentToken { __typename id sourceId organizationId ... on Node { id } ...on WindowsEnrollmentToken { id } } userErrors { __typename code message path ... on MdmRateLimitError { retryAfterSeconds } }',
    null,
  ),
  ofDocument(
    'the outcomes of a bulk',
    `mutation { ${bulk} { total success fail replayed results { email outcome error { code message path } enrollmentToken { id } } userErrors { code } } }`,
    null,
  ),
  ofRevoked('@skip(if: true)', 'enrollmentToken { id enrollmentLink @skip(if: true) }', null),
  {
    ...ofDocument(
      '@include with a variable that is false',
      `mutation($all: Boolean!) { ${revoke} { enrollmentToken { id ...L @include(if: $all) } } }
       fragment L on EnrollmentToken { enrollmentLink }`,
      null,
    ),
    variables: { all: false },
  },
  ofDocument(
    "@skip with a variable's default that is true",
    `mutation($none: Boolean = true) { ${revoke} { enrollmentToken { id } } two: ${revoke} @skip(if: $none) { enrollmentToken { enrollmentLink } } }`,
    null,
  ),
  {
    ...ofDocument(
      'an operation beside one that would be refused',
      `mutation A { ${revoke} { userErrors { code } } } mutation B { ${revoke} { enrollmentToken { enrollmentLink } } }`,
      null,
    ),
    operationName: 'A',
  },
];

export const writeOnlyCases: readonly WriteOnlyCase[] = [...fields, ...shapes, ...served];
