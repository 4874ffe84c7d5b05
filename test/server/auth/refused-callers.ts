import { claimsWith, secret, signText, signToken } from './callers.ts';

/** A caller without a valid token: UNAUTHENTICATED with 401. */
export interface Stranger {
  readonly name: string;
  readonly authorization: (apiKey: string) => Promise<string | null>;
  /** Part of the message, which names the fault. */
  readonly names: string;
  /** The reason in the log line; undefined if the request has no token. */
  readonly reason?: string;
}

/** A caller with a valid token who lacks a scope: FORBIDDEN. */
export interface Unscoped {
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly operation: string;
  /** The missing scope. */
  readonly scope: string;
}

const list = '{ enrollmentTokens(first: 1) { nodes { id enrollmentLink } } }';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The token with the algorithm `none` and without its signature. */
export const unsigned = (authorization: string): string => {
  const [, claims] = authorization.replace('Bearer ', '').split('.');
  return `Bearer ${encode({ alg: 'none' })}.${claims}.`;
};

const changed = (authorization: string): string => {
  const [header, claims = '', signature] = authorization.split('.');
  const read: object = JSON.parse(Buffer.from(claims, 'base64url').toString());
  return [header, encode({ ...read, scope: 'enrollment:read' }), signature].join('.');
};

const otherSecret = new TextEncoder().encode('another secret, 32 letters or so');

const noToken = { names: 'needs a token' };
const malformed = { names: 'not a signed JWT', reason: 'malformed' };
const badSignature = { names: "The token's signature", reason: 'signature: it does not match' };
const noSubject = { names: 'its sub', reason: 'sub: not a text of 1 to 2048 characters' };
const wrongType = (claim: string) => ({
  names: `its ${claim}`,
  reason: `${claim}: of the wrong type`,
});
const otherValue = (claim: string) => ({
  names: `its ${claim}`,
  reason: `${claim}: not the expected one`,
});

const withClaims =
  (claims: Readonly<Record<string, unknown>>): Stranger['authorization'] =>
  async () =>
    signText(claimsWith(claims));

const oddSubjects: readonly (readonly [string, unknown])[] = [
  ['empty', ''],
  ['only spaces', ' \t\u00a0 '],
  ['null', null],
  ['a number', 7],
  ['an object', { id: 'ana' }],
  ['a list', ['ana']],
  ['true', true],
  ['2,049 characters long', 'a'.repeat(2_049)],
];

export const strangers: readonly Stranger[] = [
  { name: 'no token', authorization: async () => null, ...noToken },
  { name: 'an empty header', authorization: async () => '', ...noToken },
  { name: 'a scheme without a token', authorization: async () => 'Bearer ', ...noToken },
  {
    name: 'a token of another scheme',
    authorization: async () => `Basic ${secret}`,
    ...noToken,
  },
  {
    name: 'two tokens in one header',
    authorization: async () => [await signToken(), await signToken()].join(', '),
    ...noToken,
  },
  {
    name: 'the key of the API',
    authorization: async (apiKey) => `Bearer ${apiKey}`,
    ...malformed,
  },
  { name: 'a text that is not a token', authorization: async () => 'Bearer a.b.c', ...malformed },
  { name: 'an encrypted token', authorization: async () => 'Bearer a.b.c.d.e', ...malformed },
  {
    name: 'a token signed with another secret',
    authorization: () => signToken({ key: otherSecret }),
    ...badSignature,
  },
  {
    name: 'a token of another issuer',
    authorization: () => signToken({ issuer: 'https://other.example.com/' }),
    ...otherValue('iss'),
  },
  {
    name: 'a token with a list of issuers',
    authorization: withClaims({ iss: ['https://issuer.example.com/'] }),
    ...otherValue('iss'),
  },
  {
    name: 'a token for another audience',
    authorization: () => signToken({ audience: 'other' }),
    ...otherValue('aud'),
  },
  {
    name: 'a token whose audience is an object',
    authorization: withClaims({ aud: { enrollment: true } }),
    ...otherValue('aud'),
  },
  {
    name: 'an expired token',
    authorization: () => signToken({ expiresIn: -60 }),
    names: '(exp)',
    reason: 'exp: expired',
  },
  {
    name: 'a token that never expires',
    authorization: () => signToken({ expiresIn: null }),
    names: 'its exp',
    reason: 'exp: missing',
  },
  {
    name: 'a token whose expiry is a text',
    authorization: withClaims({ exp: '4000000000' }),
    ...wrongType('exp'),
  },
  {
    name: 'a token whose expiry is a number beyond the range of JSON',
    authorization: async () => signText(claimsWith({ exp: 0 }).replace('"exp":0', '"exp":1e999')),
    names: 'its exp',
    reason: 'exp: not finite',
  },
  {
    name: 'a token without a subject',
    authorization: () => signToken({ subject: null }),
    names: 'its sub',
    reason: 'sub: missing',
  },
  ...oddSubjects.map(([how, sub]) => ({
    name: `a token whose subject is ${how}`,
    authorization: withClaims({ sub }),
    ...noSubject,
  })),
  {
    name: 'a token that is not valid yet',
    authorization: () => signToken({ claims: { nbf: 4_000_000_000 } }),
    ...otherValue('nbf'),
  },
  {
    name: 'a token whose nbf is a text',
    authorization: withClaims({ nbf: 'now' }),
    ...wrongType('nbf'),
  },
  {
    name: 'a token whose claims are a list',
    authorization: async () => signText('[]'),
    names: 'not a signed JWT',
    reason: 'the claims are not a JSON object',
  },
  {
    name: 'a token with an extension that the gateway does not know',
    authorization: async () =>
      signText(claimsWith({}), { alg: 'HS256', crit: ['planted'], planted: 'planted' }),
    names: 'not a signed JWT',
    reason: 'the header asks for an extension that is not supported',
  },
  {
    name: 'a token without a signature',
    authorization: async () => unsigned(await signToken()),
    names: "The token's signature",
    reason: 'signature: the algorithm is not allowed',
  },
  {
    name: 'a token whose claims were changed',
    authorization: async () => changed(await signToken({ claims: {} })),
    ...badSignature,
  },
  {
    name: 'a text of 15 KB instead of a token',
    authorization: async () => `Bearer ${'x'.repeat(15_000)}`,
    ...malformed,
  },
];

export const unscoped: readonly Unscoped[] = [
  {
    name: 'a query without the scope for reading',
    claims: { scope: 'enrollment:write' },
    operation: list,
    scope: 'enrollment:read',
  },
  { name: 'a query without any scope', claims: {}, operation: list, scope: 'enrollment:read' },
  {
    name: 'a query with a scope that only has the right beginning',
    claims: { scope: 'enrollment:reads' },
    operation: list,
    scope: 'enrollment:read',
  },
  {
    name: 'a query with scopes of another type',
    claims: { scope: 7, scp: [7] },
    operation: list,
    scope: 'enrollment:read',
  },
  {
    name: 'a query with scopes in lists within lists',
    claims: { scope: [['enrollment:read']], scp: [[['enrollment:read']]] },
    operation: list,
    scope: 'enrollment:read',
  },
  {
    name: 'a mutation without the scope for writing',
    claims: { scope: 'enrollment:read' },
    operation: 'mutation { revokeEnrollmentToken(input: { id: "x" }) { userErrors { code } } }',
    scope: 'enrollment:write',
  },
  {
    name: 'a router without the scope for reading',
    claims: { scope: 'enrollment:write' },
    operation: '{ _entities(representations: []) { __typename } }',
    scope: 'enrollment:read',
  },
];
