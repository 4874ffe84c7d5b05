import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { isObject, type Json, valueAt } from '../../src/sandbox/json.ts';
import {
  applePolicies,
  appleTokens,
  type CallOptions,
  type Client,
  dataOf,
  type Reply,
  startSandbox,
  windowsPolicies,
  windowsTokens,
} from './client.ts';

const folder = new URL('../contract/', import.meta.url);
const contract: unknown = parse(readFileSync(new URL('openapi.yaml', folder), 'utf8'));
const example = (name: string): Json =>
  JSON.parse(readFileSync(new URL(`examples/${name}`, folder), 'utf8'));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ ...(isObject(contract) ? contract : {}), $id: 'contract' });

const escapePart = (part: string) => part.replaceAll('~', '~0').replaceAll('/', '~1');

/** Returns the value at the parts of a JSON pointer, and the pointer. Follows references. */
const lookUp = (parts: readonly string[]): { value: unknown; pointer: string } => {
  let value: unknown = contract;
  for (const part of parts) value = isObject(value) ? value[part] : undefined;
  const reference = isObject(value) ? value['$ref'] : undefined;
  return typeof reference === 'string'
    ? lookUp(reference.split('/').slice(1))
    : { value, pointer: parts.map(escapePart).join('/') };
};

const faultsOf = (template: string, method: string, reply: Reply): unknown => {
  const { value, pointer } = lookUp([
    'paths',
    template,
    method.toLowerCase(),
    'responses',
    String(reply.status),
  ]);
  if (value === undefined) return `${method} ${template} documents no ${reply.status}`;
  const validate = ajv.compile({
    $ref: `contract#/${pointer}/content/application~1json/schema`,
  });
  return validate(reply.json) ? [] : validate.errors;
};

const operations = (): string[] => {
  const paths = isObject(contract) ? contract['paths'] : undefined;
  return Object.entries(isObject(paths) ? paths : {}).flatMap(([template, item]) =>
    Object.keys(isObject(item) ? item : {})
      .filter((key) => key !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${template}`),
  );
};

const unknownId = 'ffffffffffffffffffffffff';

describe('the documented contract', () => {
  let client: Client;
  beforeAll(async () => {
    client = await startSandbox({ tokens: 800, users: 60, policies: 40 });
  });
  afterAll(() => client.sandbox.close());

  /** Calls the sandbox and checks the answer against the documented schema for its status. */
  const checked = async (path: string, options: CallOptions = {}): Promise<Reply> => {
    client.sandbox.clearRequests();
    const reply = await client.call(path, options);
    const [request] = client.sandbox.requests();
    expect(faultsOf(request?.template ?? '', request?.method ?? '', reply)).toEqual([]);
    exercised.add(`${request?.method} ${request?.template}`);
    return reply;
  };
  const exercised = new Set<string>();

  it('each operation answers as openapi.yaml documents', async () => {
    const { sandbox } = client;
    const [user] = sandbox.organization.users.all();
    const create = { mdmUserId: user?.id, sendEmail: true };
    const bulk = { userEmails: [user?.['email'], 'nobody@example.com'], sendEmail: false };
    await checked('');
    await checked('/segments');
    for (const [tokens, policies, key] of [
      [windowsTokens, windowsPolicies, 'windows'],
      [appleTokens, applePolicies, 'apple'],
    ] as const) {
      await checked(`${tokens}?limit=500&show-deleted=true`);
      await checked(`${tokens}?limit=500&page=9`);
      const made = dataOf(await checked(tokens, { method: 'POST', body: create }));
      await checked(`${tokens}/bulk`, { method: 'POST', body: bulk });
      await checked(`${tokens}/${made.id}`);
      await checked(`${tokens}/${made.id}`, { method: 'PUT', body: { displayName: 'Changed' } });
      await checked(`${tokens}/${made.id}`, { method: 'DELETE' });
      await checked(`${policies}?limit=100`);
      await checked(`${policies}/${sandbox.platform(key).policies.all()[0]?.id}`);
    }
    await checked('/mdm/policies?limit=100');
    await checked('/mdm/users?limit=100');
    const body = { email: 'new.person@example.com', name: 'New Person' };
    const person = dataOf(await checked('/mdm/users', { method: 'POST', body }));
    await checked(`/mdm/users/${person.id}`);
    await checked(`/mdm/users/${person.id}`, { method: 'PUT', body: { name: 'Newer Person' } });
    await checked(`/mdm/users/${person.id}`, { method: 'DELETE' });

    expect([...exercised].sort()).toEqual(operations().sort());
  });

  it('errors are documented error envelopes', async () => {
    const limited = client.sandbox.addKey({ permissions: ['base.*'] });
    for (const path of [windowsTokens, appleTokens, windowsPolicies, applePolicies, '/mdm/users']) {
      expect((await checked(path, { key: 'unknown' })).status).toBe(401);
      expect((await checked(path, { key: limited })).status).toBe(403);
      expect((await checked(`${path}/${unknownId}`)).status).toBe(404);
    }
    for (const path of [windowsTokens, appleTokens, '/mdm/users']) {
      expect((await checked(path, { method: 'POST', body: {} })).status).toBe(400);
    }
  });

  it.each([
    ['windows', 'composed/windows-create.request.json', windowsTokens],
    ['windows', 'composed/windows-bulk.request.json', `${windowsTokens}/bulk`],
    ['apple', 'composed/apple-create.request.json', appleTokens],
  ])('the documented %s body of %s is accepted', async (key, name, path) => {
    const { organization } = client.sandbox;
    const body = example(name);
    const assignments = valueAt(body, `${key === 'windows' ? 'win' : 'adm'}PolicyAssignments`);
    for (const assignment of Array.isArray(assignments) ? assignments : []) {
      const id = String(valueAt(assignment, key === 'windows' ? 'winPolicyId' : 'admPolicyId'));
      organization.platform(key).policies.add({ id, name: 'Of the example' });
    }
    const userId = valueAt(body, 'mdmUserId');
    if (typeof userId === 'string') organization.users.add({ id: userId, email: 'a@example.com' });
    organization.users.add({ id: 'aaaaaaaaaaaaaaaaaaaaaaaa', email: 'ana@example.com' });
    organization.users.add({ id: 'bbbbbbbbbbbbbbbbbbbbbbbb', email: 'luis@example.com' });

    const reply = await checked(path, { method: 'POST', body });

    expect(reply.status).toBe(200);
    if (path.endsWith('bulk')) expect(reply.json).toMatchObject({ data: { success: 2, fail: 0 } });
  });

  it('errors equal the documented examples', async () => {
    const { sandbox, call } = client;
    const limited = sandbox.addKey({ permissions: [] });
    const withoutKey = await fetch(`${client.baseUrl}/organizations/${sandbox.organizationId}`);
    expect(await withoutKey.json()).toEqual(example('error-401-4002.json'));
    expect((await call('', { key: 'x' })).json).toEqual(example('table.error-401-4004.json'));
    expect((await call(windowsTokens, { key: limited })).json).toEqual(
      example('composed/error-403-4003.json'),
    );
    expect((await call(`${appleTokens}/${unknownId}`)).json).toEqual(
      example('error-404-3001.json'),
    );
    expect((await call('/mdm/nothing')).json).toEqual(
      example('composed/error-404-1002-route.json'),
    );
    const faulty = (fault: string) =>
      call(windowsTokens, { headers: { 'x-sandbox-fault': fault } });
    expect((await faulty('status=500')).json).toEqual(example('composed/error-500-1000.json'));
    expect((await faulty('plan')).json).toEqual(example('windows-create.error-400-5050.json'));
    expect((await faulty('creation')).json).toEqual(example('table.error-400-5145.json'));
  });
});
