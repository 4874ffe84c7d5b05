import { encodeTypeAndKey } from '../../src/graphql/global-id.ts';
import { bodyOf, hostileDocuments } from '../../test/server/limits/hostile-documents.ts';
import type { KnownValues } from '../../test/server/limits/random-operations.ts';

/** A request that tries to use excessive resources, or one that is only large. */
export interface Shape {
  readonly name: string;
  readonly body: string;
  /** The Authorization header; null: no header. Default: a key with all permissions. */
  readonly authorization?: string | null;
}

const repeat = <Value>(count: number, create: (index: number) => Value): Value[] =>
  Array.from({ length: count }, (_, index) => create(index));

const shapeOf = (
  name: string,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  rest: Readonly<Record<string, unknown>> = {},
): Shape => ({ name, body: JSON.stringify({ query, variables, ...rest }) });

const anonymous = (shape: Shape): Shape => ({ ...shape, authorization: null });

const entities = 'query($r: [_Any!]!) { _entities(representations: $r) { __typename } }';
const nodes = 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const page =
  'nodes { id state user { name email } policyAssignments { priority policy { name version } } } pageInfo { endCursor } sources { status }';
const codes = (first: number, format: string, size: number) =>
  `{ enrollmentTokens(first: ${first}) { nodes { enrollmentQrCode(format: ${format}, size: ${size}) } } }`;

const hex = (index: number): string => index.toString(16).padStart(24, '0');

/** The hostile documents of the fault catalogue, and the largest operations that the gateway serves. */
export const shapesOf = ({ organizationId, tokenIds, emails }: KnownValues): readonly Shape[] => [
  ...hostileDocuments.map((hostile) => ({ name: hostile.name, body: bodyOf(hostile) })),
  anonymous(
    shapeOf('an id with a length of 1e9', entities, {
      r: [{ __typename: 'MdmUser', organizationId: '', email: '', id: { length: 1e9 } }],
    }),
  ),
  anonymous(
    shapeOf(
      '30 aliases of 8,000 representations',
      `query($r: [_Any!]!) { ${repeat(30, (index) => `a${index}: _entities(representations: $r) { __typename }`).join(' ')} }`,
      { r: repeat(8_000, () => ({ __typename: 'x' })) },
    ),
  ),
  shapeOf('1,000 representations of nothing', entities, {
    r: repeat(1_000, () => ({ __typename: 'x' })),
  }),
  shapeOf('60,000 ids', nodes, { ids: repeat(60_000, () => 'x') }),
  shapeOf('1,000 ids of 1,000 organizations', nodes, {
    ids: repeat(1_000, (index) => encodeTypeAndKey('MdmUser', `${hex(index)}:${hex(1)}`)),
  }),
  shapeOf('100 slugs', entities, {
    r: repeat(100, (index) => ({
      __typename: 'MdmUser',
      organizationId: `slug-${index}`,
      email: 'ana@example.com',
    })),
  }),
  shapeOf('500 employees', entities, {
    r: repeat(500, (index) => ({
      __typename: 'MdmUser',
      organizationId,
      email: emails[index % emails.length],
    })),
  }),
  shapeOf('95 tokens', nodes, { ids: tokenIds.slice(0, 95) }),
  shapeOf('one id 1,000 times', nodes, { ids: repeat(1_000, () => tokenIds[0]) }),
  shapeOf(
    'one id 400 times, drawn',
    `query($ids: [ID!]!) { nodes(ids: $ids) { ... on EnrollmentToken { enrollmentQrCode } } }`,
    {
      ids: repeat(400, () => tokenIds[0]),
    },
  ),
  shapeOf(
    '2,500 codes of a wrong size',
    `{ enrollmentTokens(first: 100) { nodes { ${repeat(25, (index) => `a${index}: enrollmentQrCode(size: ${index})`).join(' ')} } } }`,
  ),
  shapeOf('1,000 users that are unknown', entities, {
    r: repeat(1_000, (index) => ({
      __typename: 'MdmUser',
      id: encodeTypeAndKey('MdmUser', `${organizationId}:${hex(index)}`),
    })),
  }),
  shapeOf('100 PNGs of 1,024 pixels', codes(100, 'PNG_DATA_URL', 1024)),
  shapeOf('25 PNGs', codes(25, 'PNG_DATA_URL', 256)),
  shapeOf('25 SVGs', codes(25, 'SVG', 256)),
  shapeOf('4 PNGs of 1,024 pixels', codes(4, 'PNG_DATA_URL', 1024)),
  anonymous(
    shapeOf(
      '480 variables',
      `query Q(${repeat(480, (index) => `$v${index}: ID`).join(' ')}) { __typename }`,
    ),
  ),
  anonymous(shapeOf('an operation name of 200 kB', `query ${'x'.repeat(200_000)} { __typename }`)),
  {
    ...shapeOf(
      '30 searches of a stranger',
      `{ ${repeat(30, (index) => `a${index}: mdmUsers(search: "x${index}") { totalCount }`).join(' ')} }`,
    ),
    authorization: 'Bearer bogus',
  },
  shapeOf('a page of 100', `{ enrollmentTokens(first: 100) { totalCount ${page} } }`),
  shapeOf(
    'ten pages of 100',
    `{ ${repeat(10, (index) => `a${index}: enrollmentTokens(first: 100) { ${page} }`).join(' ')} }`,
  ),
  shapeOf(
    'tokens of each of 40 users',
    '{ mdmUsers(first: 40) { nodes { enrollmentTokens(first: 100) { nodes { id displayName state } } } } }',
  ),
  shapeOf(
    '25 equal pages of 100',
    `{ ${repeat(25, (index) => `a${index}: enrollmentTokens(first: 100) { nodes { id displayName state createdAt tags user { email } } }`).join(' ')} }`,
  ),
  shapeOf(
    'a scan',
    '{ enrollmentTokens(first: 100, filter: { search: "nothing has this" }) { nodes { id } } }',
  ),
  shapeOf(
    '30 unknown revocations',
    `mutation { ${repeat(30, (index) => `a${index}: revokeEnrollmentToken(input: { id: "${encodeTypeAndKey('AppleEnrollmentToken', `${organizationId}:${hex(index)}`)}" }) { userErrors { code } }`).join(' ')} }`,
  ),
  shapeOf(
    'a bulk create of 1,000 addresses that are none',
    'mutation($e: [String!]!) { bulkCreateAppleEnrollmentTokens(input: { sendEmail: false, userEmails: $e }) { results { email outcome error { message } } userErrors { message path } } }',
    { e: repeat(1_000, (index) => `x${index}`) },
  ),
];
