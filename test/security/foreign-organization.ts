/** One way to name an organization that the gateway does not serve. */
export interface ForeignWay {
  readonly name: string;
  /** The operation; the organization is known by this id and by the slug `other-company`. */
  readonly operation: (organizationId: string) => string;
}

const globalId = (type: string, organizationId: string): string =>
  Buffer.from(`${type}:${organizationId}:${'a'.repeat(24)}`).toString('base64url');

const list = (name: string): string =>
  `{ enrollmentTokens(organizationId: "${name}") { totalCount } }`;

const tokenOf = (id: string): string => globalId('WindowsEnrollmentToken', id);
const userOf = (id: string): string => globalId('MdmUser', id);

const create = (id: string, input: string): string =>
  `mutation { createWindowsEnrollmentToken(input: { sendEmail: false, userId: "${userOf(id)}", ${input} }) { userErrors { code } } }`;

/** All ways. */
export const foreignWays: readonly ForeignWay[] = [
  { name: 'a list by id', operation: list },
  { name: 'a list by id in upper case', operation: (id) => list(id.toUpperCase()) },
  { name: 'a list by slug', operation: () => list('other-company') },
  {
    name: 'a list of policies',
    operation: (id) => `{ mdmPolicies(organizationId: "${id}") { totalCount } }`,
  },
  {
    name: 'a list of users',
    operation: (id) => `{ mdmUsers(organizationId: "${id}") { totalCount } }`,
  },
  {
    name: 'a user by address',
    operation: (id) => `{ mdmUser(organizationId: "${id}", email: "a@example.com") { id } }`,
  },
  { name: 'a token', operation: (id) => `{ enrollmentToken(id: "${tokenOf(id)}") { id } }` },
  { name: 'a node', operation: (id) => `{ node(id: "${globalId('ApplePolicy', id)}") { id } }` },
  {
    name: 'one of many nodes',
    operation: (id) => `{ nodes(ids: ["${userOf(id)}", "${tokenOf(id)}"]) { id } }`,
  },
  {
    name: 'a token of a router',
    operation: (id) =>
      `{ _entities(representations: [{ __typename: "EnrollmentToken", id: "${tokenOf(id)}" }]) { __typename } }`,
  },
  {
    name: 'a user of a router',
    operation: () =>
      '{ _entities(representations: [{ __typename: "MdmUser", organizationId: "other-company", email: "a@example.com" }]) { __typename } }',
  },
  { name: 'a create', operation: (id) => create(id, `organizationId: "${id}"`) },
  { name: 'a create by slug', operation: (id) => create(id, 'organizationId: "other-company"') },
  {
    name: 'a create that is only checked',
    operation: (id) => create(id, `organizationId: "${id}", validateOnly: true`),
  },
  {
    name: 'a create with a key',
    operation: (id) => create(id, `organizationId: "${id}", idempotencyKey: "k"`),
  },
  {
    name: 'a bulk create',
    operation: (id) =>
      `mutation { bulkCreateAppleEnrollmentTokens(input: { organizationId: "${id}", sendEmail: false, userEmails: ["a@example.com"] }) { userErrors { code } } }`,
  },
  {
    name: 'an update',
    operation: (id) =>
      `mutation { updateEnrollmentToken(input: { id: "${tokenOf(id)}", displayName: "x" }) { userErrors { code } } }`,
  },
  {
    name: 'a revocation',
    operation: (id) =>
      `mutation { revokeEnrollmentToken(input: { id: "${tokenOf(id)}" }) { userErrors { code } } }`,
  },
];
