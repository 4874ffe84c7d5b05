import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  appleTokens,
  type Client,
  dataOf,
  idsOf,
  itemsOf,
  startSandbox,
  windowsTokens,
} from './client.ts';

const moment = '2026-05-20T11:22:33.444Z';
const unknownId = 'ffffffffffffffffffffffff';
let client: Client;
let userId = '';
let email = '';

beforeAll(async () => {
  client = await startSandbox({ clock: () => new Date(moment) });
  const [user] = client.sandbox.organization.users.all();
  userId = user?.id ?? '';
  email = String(user?.['email']);
});
afterAll(() => client.sandbox.close());

const policyOf = (key: string) => client.sandbox.platform(key).policies.all()[0];
const post = (path: string, body: unknown) => client.call(path, { method: 'POST', body });
const put = (path: string, body: unknown) => client.call(path, { method: 'PUT', body });
const remove = (path: string) => client.call(path, { method: 'DELETE' });
const refusal = (status: number, code: number) => ({ status, json: { error: { code } } });

describe('a create', () => {
  it('returns a pending Windows token with its link, code, user and policies', async () => {
    const policy = policyOf('windows');
    const made = dataOf(
      await post(windowsTokens, {
        mdmUserId: userId,
        sendEmail: 'TRUE',
        displayName: 'Laptop',
        tags: ['a', ''],
        duration: 3600,
        language: 'fr',
        emailText: '',
        winPolicyId: policy?.id,
        winPolicyAssignments: [{ winPolicyId: policy?.id, priority: 7 }],
        segmentId: '2',
      }),
    );
    expect(made).toMatchObject({
      organizationId: client.sandbox.organizationId,
      mdmUser: { id: userId, email },
      state: 'PENDING',
      sendEmail: true,
      displayName: 'Laptop',
      tags: ['a', ''],
      createdAt: moment,
      updatedAt: moment,
      expireAt: '2026-05-20T12:22:33.444Z',
      summary: { expirationTimestamp: '2026-05-20T12:22:33.444Z' },
      enrollmentLink: expect.stringMatching(/^https:/),
      enrollCode: expect.stringMatching(/^\w+$/),
      winPolicyId: policy?.id,
      winPolicyAssignments: [
        {
          winPolicyId: policy?.id,
          winPolicy: { id: policy?.id, name: policy?.['name'] },
          priority: 7,
        },
      ],
      segmentId: 2,
    });
    expect(idsOf(await client.call(`${windowsTokens}?limit=1`))).toEqual([made.id]);
    expect(dataOf(await client.call(`${windowsTokens}/${made.id}`))).toEqual(made);
  });

  it('returns an Apple token with complete profiles, its applications and its location', async () => {
    const policy = policyOf('apple');
    const made = dataOf(
      await post(appleTokens, {
        mdmUserId: userId,
        sendEmail: false,
        policyId: '',
        admPolicyAssignments: [{ admPolicyId: policy?.id, priority: 0 }],
        profiles: [unknownId],
        applications: [{ admApplication: unknownId, managed: true, configuration: { a: 1 } }],
        admVppLocationId: unknownId,
      }),
    );
    expect(made).toMatchObject({
      organization: client.sandbox.organizationId,
      admPolicy: null,
      admPolicyAssignments: [{ admPolicyId: policy?.id, admPolicy: {}, priority: 0 }],
      profiles: [{ id: unknownId, certificates: [{ password: expect.any(String) }] }],
      applications: [{ admApplication: unknownId, managed: true, configuration: { a: 1 } }],
      admVppLocation: { id: unknownId },
      expireAt: '2026-05-21T11:22:33.444Z',
    });
  });

  it('reports each error in its body', async () => {
    const reply = await post(windowsTokens, {
      mdmUserId: 'me',
      displayName: 'x'.repeat(129),
      tags: [null],
      duration: 59,
      language: 'tlh',
      winPolicyAssignments: [{ winPolicyId: '', priority: 10_001 }],
      segmentId: -1,
      policyId: unknownId,
    });
    expect(reply).toMatchObject({
      status: 400,
      json: { status: false, error: { code: 3001, message: 'Body Validation Error' } },
    });
    for (const path of [
      'mdmUserId',
      'sendEmail',
      'displayName',
      'tags.0',
      'duration',
      'language',
      'winPolicyAssignments.0.winPolicyId',
      'winPolicyAssignments.0.priority',
      'segmentId',
    ]) {
      expect(reply.text).toContain(`"path":"${path}"`);
    }
    expect(reply.text).toContain('policyId');
  });

  it('refuses a body that is not a JSON object', async () => {
    expect(await post(windowsTokens, [1])).toMatchObject(refusal(400, 3001));
    const response = await fetch(
      `${client.baseUrl}/organizations/${client.sandbox.organizationSlug}${windowsTokens}`,
      {
        method: 'POST',
        body: '{"a":',
        headers: { authorization: `Bearer ${client.sandbox.apiKey}` },
      },
    );
    expect(response.status).toBe(400);
  });

  it('needs an existing user and existing policies', async () => {
    const base = { mdmUserId: userId, sendEmail: false };
    const assignment = { priority: 1 };
    expect(await post(windowsTokens, { ...base, mdmUserId: unknownId })).toMatchObject(
      refusal(404, 3001),
    );
    expect(
      await post(windowsTokens, {
        ...base,
        winPolicyAssignments: [{ ...assignment, winPolicyId: unknownId }],
      }),
    ).toMatchObject(refusal(400, 5145));
    expect(await post(windowsTokens, { ...base, winPolicyId: unknownId })).toMatchObject(
      refusal(400, 5145),
    );
    expect(
      await post(appleTokens, {
        ...base,
        admPolicyAssignments: [{ ...assignment, admPolicyId: unknownId }],
      }),
    ).toMatchObject(refusal(400, 3001));
  });
});

describe('a bulk create', () => {
  it('makes one token per address, all with the same time, and counts unknown addresses as failed', async () => {
    const before = client.sandbox.platform('apple').tokens.size();
    const reply = await post(`${appleTokens}/bulk`, {
      userEmails: [email, email.toUpperCase(), 'nobody@example.com'],
      sendEmail: true,
    });
    expect(reply.json).toEqual({ status: true, data: { total: 3, success: 2, fail: 1 } });
    const made = client.sandbox.platform('apple').tokens.all().slice(before);
    expect(made).toHaveLength(2);
    for (const token of made) {
      expect(token).toMatchObject({ createdAt: moment, mdmUser: { id: userId } });
    }
    expect(new Set(made.map(({ enrollCode }) => enrollCode)).size).toBe(2);
  });

  it('refuses an empty list of addresses and an invalid address', async () => {
    for (const userEmails of [[], ['ana'], undefined]) {
      expect(await post(`${windowsTokens}/bulk`, { userEmails, sendEmail: true })).toMatchObject(
        refusal(400, 3001),
      );
    }
  });
});

describe('an update', () => {
  it('changes the given fields and keeps the others', async () => {
    const made = client.sandbox.addToken('windows', { winPolicyId: policyOf('windows')?.id });
    const path = `${windowsTokens}/${made.id}`;
    const named = dataOf(await put(path, { displayName: 'Renamed', segmentId: '3' }));
    expect(named).toEqual({ ...made, displayName: 'Renamed', segmentId: 3, updatedAt: moment });
    const bare = dataOf(
      await put(path, { winPolicyAssignments: [], winPolicyId: '', tags: ['t'] }),
    );
    expect(bare).toMatchObject({ displayName: 'Renamed', winPolicyAssignments: [], tags: ['t'] });
    expect(bare['winPolicyId']).toBeUndefined();
  });

  it('accepts only pending tokens, known fields and existing policies', async () => {
    const done = client.sandbox.addToken('apple', { state: 'DONE' });
    const gone = client.sandbox.addToken('apple', { state: 'DELETED' });
    const made = client.sandbox.addToken('apple');
    const body = { tags: [] };
    expect(await put(`${appleTokens}/${done.id}`, body)).toMatchObject(refusal(400, 3001));
    expect(await put(`${appleTokens}/${gone.id}`, body)).toMatchObject(refusal(404, 3001));
    expect(await put(`${appleTokens}/${unknownId}`, body)).toMatchObject(refusal(404, 3001));
    expect(await put(`${appleTokens}/${made.id}`, { duration: 60 })).toMatchObject(
      refusal(400, 3001),
    );
    expect(await put(`${appleTokens}/${made.id}`, { policyId: unknownId })).toMatchObject(
      refusal(404, 3001),
    );
  });
});

describe('a delete', () => {
  it('marks a token as revoked, only once', async () => {
    const made = client.sandbox.addToken('windows');
    const path = `${windowsTokens}/${made.id}`;
    expect(dataOf(await remove(path))).toMatchObject({ id: made.id, state: 'DELETED' });
    expect(await remove(path)).toMatchObject(refusal(404, 3001));
    expect(dataOf(await client.call(path))).toMatchObject({ state: 'DELETED' });
    expect(idsOf(await client.call(`${windowsTokens}?limit=1000`))).not.toContain(made.id);
    expect(idsOf(await client.call(`${windowsTokens}?limit=1000&show-deleted=true`))).toContain(
      made.id,
    );
  });

  it('can hide the deleted token', async () => {
    const hiding = await startSandbox({ hidesDeleted: true, tokens: 4 });
    const made = hiding.sandbox.addToken('apple');
    await hiding.call(`${appleTokens}/${made.id}`, { method: 'DELETE' });
    expect(await hiding.call(`${appleTokens}/${made.id}`)).toMatchObject(refusal(404, 3001));
    await hiding.sandbox.close();
  });
});

describe('a user', () => {
  it('can be created once per address, and cannot change the address', async () => {
    const body = {
      email: 'Vera.Nova@example.com',
      name: 'Vera',
      language: 'de',
      metadata: { a: 1 },
    };
    const made = dataOf(await post('/mdm/users', body));
    expect(made).toMatchObject({ ...body, createdAt: moment, windows: { enrollmentTokens: 0 } });
    expect(await post('/mdm/users', { email: 'vera.nova@EXAMPLE.com' })).toMatchObject(
      refusal(400, 5048),
    );
    const path = `/mdm/users/${made.id}`;
    expect(dataOf(await put(path, { tags: ['t'] }))).toMatchObject({ ...body, tags: ['t'] });
    expect(await put(path, { email: 'other@example.com' })).toMatchObject(refusal(400, 3001));
  });

  it('has counts of its tokens and devices, and can be deleted only without them', async () => {
    const made = dataOf(await post('/mdm/users', { email: 'busy@example.com' }));
    const path = `/mdm/users/${made.id}`;
    const mdmUser = { id: made.id, email: 'busy@example.com' };
    const used = client.sandbox.addToken('windows', { mdmUser, state: 'DONE' });
    const open = client.sandbox.addToken('apple', { mdmUser });
    expect(dataOf(await client.call(path))).toMatchObject({
      windows: { devices: 1, enrollmentTokens: 1 },
      apple: { devices: 0, enrollmentTokens: 1 },
    });
    expect(await remove(path)).toMatchObject(refusal(400, 5054));
    client.sandbox.platform('windows').tokens.remove(used.id);
    expect(await remove(path)).toMatchObject(refusal(400, 5055));
    client.sandbox.platform('apple').tokens.patch(open.id, { state: 'DELETED' });
    expect((await remove(path)).json).toEqual({ status: true, data: { delete: 'OK' } });
    expect(await remove(path)).toMatchObject(refusal(404, 3001));
    const users = itemsOf(await client.call('/mdm/users?limit=1000'));
    expect(users.some(({ id }) => id === made.id)).toBe(false);
  });
});
