import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSandboxes } from '../../src/platforms/registry.ts';
import type { Organization } from '../../src/sandbox/organization.ts';
import type { Sandbox } from '../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../src/sandbox/server.ts';
import { faults, startFaultyApi } from '../faults/faulty-api.ts';
import { secret, serviceEnvironment, signToken } from '../server/auth/callers.ts';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { foreignWays } from './foreign-organization.ts';

let sandbox: Sandbox;
let baseUrl: string;
let foreign: Organization;
/** A key of the other organization. The gateway must refuse the request itself, not because the API refuses the key. */
let foreignKey: string;

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  ({ baseUrl } = await sandbox.listen());
  foreign = sandbox.addOrganization({ slug: 'other-company', tokens: 30 });
  foreignKey = sandbox.addKey({ organization: foreign });
});

afterAll(() => sandbox.close());

beforeEach(() => sandbox.clearRequests());

const list = (name: string): string =>
  `{ enrollmentTokens(organizationId: "${name}") { totalCount } }`;

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

  it.each(foreignWays)('refuses another one before any call, named by $name', async (way) => {
    const operation = way.operation(foreign.id);
    const answer = await passing.ask(operation);
    expect(isForbidden(answer), JSON.stringify(answer)).toBe(true);
    const asService = await service.ask(operation, { authorization: await signToken() });
    expect(isForbidden(asService), JSON.stringify(asService)).toBe(true);
    expect(sandbox.requests()).toEqual([]);
    const own = await passing.ask(list(sandbox.organizationId), {
      authorization: `Bearer ${sandbox.apiKey}`,
    });
    expect(own.errors).toEqual([]);
  });
});

describe('a gateway that serves organizations by slug', () => {
  it('serves their ids as well, and no others', async () => {
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

  it.each([
    ['that nobody has', 'no-such-company'],
    ['that the key may not see', 'other-company'],
  ])('serves the id of one beside a slug %s', async (_which, slug) => {
    const gateway = await startGateway(
      { baseUrl, organization: sandbox.organizationSlug, apiKey: sandbox.apiKey },
      // Names are case-insensitive.
      { ALLOWED_ORGANIZATIONS: `${slug},${sandbox.organizationSlug.toUpperCase()}` },
    );
    try {
      expect((await gateway.ask(list(sandbox.organizationId))).errors).toEqual([]);
      expect((await gateway.ask(list(sandbox.organizationSlug))).errors).toEqual([]);
      expect(isForbidden(await gateway.ask(list('f'.repeat(24))))).toBe(true);
    } finally {
      await gateway.close();
    }
  });
});

describe('a gateway that serves an organization by its slug, beside one that the API refuses to name', () => {
  it('serves the id of the first', async () => {
    const api = await startFaultyApi(baseUrl);
    api.break(/^GET .*\/organizations\/other-company$/, faults['a 403']);
    const gateway = await startGateway(
      { baseUrl: api.baseUrl, organization: sandbox.organizationSlug, apiKey: sandbox.apiKey },
      { ALLOWED_ORGANIZATIONS: `other-company,${sandbox.organizationSlug}` },
    );
    try {
      expect((await gateway.ask(list(sandbox.organizationId))).errors).toEqual([]);
      expect(api.requests().some((line) => line.endsWith('/organizations/other-company'))).toBe(
        true,
      );
      expect(isForbidden(await gateway.ask(list('other-company')))).toBe(true);
    } finally {
      await gateway.close();
      await api.close();
    }
  });
});

describe('a gateway that serves any organization', () => {
  it('lets the API decide what a key may read', async () => {
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
  it('is not shown to a caller who may not read it, neither from a cache nor from a running call', async () => {
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
