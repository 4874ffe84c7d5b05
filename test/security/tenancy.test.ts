import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Organization } from '../../src/sandbox/organization.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { secret, serviceEnvironment, signToken } from './callers.ts';

let sandbox: Sandbox;
let baseUrl: string;
let foreign: Organization;
/** Of the other organization: the gateway must refuse it for what it is asked, not for what the API thinks of it. */
let foreignKey: string;

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  ({ baseUrl } = await sandbox.listen());
  foreign = sandbox.addOrganization({ slug: 'other-company', tokens: 30 });
  foreignKey = sandbox.addKey({ organization: foreign });
});

afterAll(() => sandbox.close());

beforeEach(() => sandbox.clearRequests());

const globalId = (type: string, organizationId: string, id = 'a'.repeat(24)): string =>
  Buffer.from(`${type}:${organizationId}:${id}`).toString('base64url');

const list = (name: string): string =>
  `{ enrollmentTokens(organizationId: "${name}") { totalCount } }`;

/** Every way of naming another organization. */
const ways = (): readonly (readonly [string, string])[] => {
  const { id } = foreign;
  const token = globalId('WindowsEnrollmentToken', id);
  const policy = globalId('ApplePolicy', id);
  const user = globalId('MdmUser', id);
  const create = (input: string): string =>
    `mutation { createWindowsEnrollmentToken(input: { sendEmail: false, userId: "${user}", ${input} }) { userErrors { code } } }`;
  return [
    ['a list by id', list(id)],
    ['a list by id in upper case', list(id.toUpperCase())],
    ['a list by slug', list('other-company')],
    ['a list of policies', `{ mdmPolicies(organizationId: "${id}") { totalCount } }`],
    ['a list of users', `{ mdmUsers(organizationId: "${id}") { totalCount } }`],
    ['a user by address', `{ mdmUser(organizationId: "${id}", email: "a@example.com") { id } }`],
    ['a token', `{ enrollmentToken(id: "${token}") { id } }`],
    ['a node', `{ node(id: "${policy}") { id } }`],
    ['one of many nodes', `{ nodes(ids: ["${user}", "${token}"]) { id } }`],
    [
      'a token of a router',
      `{ _entities(representations: [{ __typename: "EnrollmentToken", id: "${token}" }]) { __typename } }`,
    ],
    [
      'a user of a router',
      `{ _entities(representations: [{ __typename: "MdmUser", organizationId: "other-company", email: "a@example.com" }]) { __typename } }`,
    ],
    ['a create', create(`organizationId: "${id}"`)],
    ['a create by slug', create('organizationId: "other-company"')],
    ['a create that is only checked', create(`organizationId: "${id}", validateOnly: true`)],
    ['a create with a key', create(`organizationId: "${id}", idempotencyKey: "k"`)],
    [
      'a bulk create',
      `mutation { bulkCreateAppleEnrollmentTokens(input: { organizationId: "${id}", sendEmail: false, userEmails: ["a@example.com"] }) { userErrors { code } } }`,
    ],
    [
      'an update',
      `mutation { updateEnrollmentToken(input: { id: "${token}", displayName: "x" }) { userErrors { code } } }`,
    ],
    [
      'a revocation',
      `mutation { revokeEnrollmentToken(input: { id: "${token}" }) { userErrors { code } } }`,
    ],
  ];
};

const names = Array.from({ length: 18 }, (_, index) => index);

const isForbidden = (answer: Awaited<ReturnType<Gateway['ask']>>): boolean =>
  /"(?:FORBIDDEN|PERMISSION_DENIED)"/.test(JSON.stringify([answer.errors, answer.data]));

describe('a gateway that serves its own organization only', () => {
  let passing: Gateway;
  let service: Gateway;

  beforeAll(async () => {
    passing = await startGateway(
      { baseUrl, organization: sandbox.organizationId, apiKey: foreignKey },
      { ALLOWED_ORGANIZATIONS: sandbox.organizationId },
    );
    service = await startGateway(
      { baseUrl, organization: sandbox.organizationId },
      { ...serviceEnvironment, JWT_SECRET: secret, APPLIVERY_API_KEY: foreignKey },
    );
  });

  afterAll(async () => {
    await passing.close();
    await service.close();
  });

  it.each(
    names,
  )('refuses another one before any call, whichever way it is named (%i)', async (index) => {
    const [name, operation] = ways()[index] ?? [];
    const answer = await passing.ask(operation ?? '');
    expect(isForbidden(answer), `${name}: ${JSON.stringify(answer)}`).toBe(true);
    const asService = await service.ask(operation ?? '', { authorization: await signToken() });
    expect(isForbidden(asService), `${name}: ${JSON.stringify(asService)}`).toBe(true);
    expect(sandbox.requests(), name).toEqual([]);
  });

  it('names every way there is', () => {
    expect(ways()).toHaveLength(names.length);
  });

  it('serves its own', async () => {
    const answer = await passing.ask(list(sandbox.organizationId), {
      authorization: `Bearer ${sandbox.apiKey}`,
    });
    expect(answer.errors).toEqual([]);
  });
});

describe('a gateway that serves organizations by slug', () => {
  it('serves their ids, too, and no other', async () => {
    const gateway = await startGateway(
      { baseUrl, organization: sandbox.organizationSlug, apiKey: sandbox.apiKey },
      { ALLOWED_ORGANIZATIONS: sandbox.organizationSlug },
    );
    try {
      expect((await gateway.ask(list(sandbox.organizationId))).errors).toEqual([]);
      expect((await gateway.ask(list(sandbox.organizationSlug))).errors).toEqual([]);
      sandbox.clearRequests();
      expect(isForbidden(await gateway.ask(list(foreign.id)))).toBe(true);
      expect(sandbox.requests()).toEqual([]);
    } finally {
      await gateway.close();
    }
  });
});

describe('a gateway that serves any organization', () => {
  it('leaves it to the API whom a key may see', async () => {
    const gateway = await startGateway({ baseUrl, apiKey: foreignKey });
    try {
      const own = await gateway.ask(list(foreign.id));
      expect(own.errors).toEqual([]);
      const other = await gateway.ask(list(sandbox.organizationId));
      expect(other.data).toBeNull();
      expect(other.errors).toHaveLength(1);
    } finally {
      await gateway.close();
    }
  });
});

describe('what one caller has read', () => {
  it('is not shown to another who may not, from no cache and no call under way', async () => {
    const gateway = await startGateway({ baseUrl, organization: sandbox.organizationId });
    try {
      const operation =
        '{ enrollmentTokens(first: 20) { nodes { user { name } policyAssignments { policy { version } } } } }';
      const blind = sandbox.addKey({ permissions: [] });
      const [seeing, other] = await Promise.all([
        gateway.ask(operation, { authorization: `Bearer ${sandbox.apiKey}` }),
        gateway.ask(operation, { authorization: `Bearer ${blind}` }),
      ]);
      expect(seeing.errors).toEqual([]);
      expect(other.data).toBeNull();
      const later = await gateway.ask(operation, { authorization: `Bearer ${blind}` });
      expect(later.data).toBeNull();
    } finally {
      await gateway.close();
    }
  });
});
