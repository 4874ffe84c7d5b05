import { secret, signToken } from './callers.ts';

/** A caller whom service mode does not know: UNAUTHENTICATED with 401. */
export interface Stranger {
  readonly name: string;
  readonly authorization: (apiKey: string) => Promise<string | null>;
}

/** A caller whom service mode knows, and who asks for what the token does not allow: FORBIDDEN. */
export interface Unscoped {
  readonly name: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly operation: string;
  /** The one that is missing. */
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

export const strangers: readonly Stranger[] = [
  { name: 'no token', authorization: async () => null },
  { name: 'an empty header', authorization: async () => '' },
  { name: 'a token of another scheme', authorization: async () => `Basic ${secret}` },
  { name: 'the key of the API', authorization: async (apiKey) => `Bearer ${apiKey}` },
  { name: 'a text that is no token', authorization: async () => 'Bearer a.b.c' },
  {
    name: 'a token signed with another secret',
    authorization: () => signToken({ key: otherSecret }),
  },
  {
    name: 'a token of another issuer',
    authorization: () => signToken({ issuer: 'https://other.example.com/' }),
  },
  {
    name: 'a token for another audience',
    authorization: () => signToken({ audience: 'other' }),
  },
  { name: 'an expired token', authorization: () => signToken({ expiresIn: -60 }) },
  { name: 'a token that never expires', authorization: () => signToken({ expiresIn: null }) },
  { name: 'a token of nobody', authorization: () => signToken({ subject: null }) },
  {
    name: 'a token that is not valid yet',
    authorization: () => signToken({ claims: { nbf: 4_000_000_000 } }),
  },
  {
    name: 'a token without a signature',
    authorization: async () => unsigned(await signToken()),
  },
  {
    name: 'a token whose claims were changed',
    authorization: async () => changed(await signToken({ claims: {} })),
  },
  {
    name: 'a token of 15 KB that is none',
    authorization: async () => `Bearer ${'x'.repeat(15_000)}`,
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
    name: 'a query with a scope that only begins so',
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
