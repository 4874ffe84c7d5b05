import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMdmUsers } from '../../src/applivery/mdm-users.ts';
import { toMdmUserId } from '../../src/domain/mdm-user.ts';
import { toOrganizationId } from '../../src/domain/organization.ts';
import {
  connect,
  failureOf,
  json,
  organizationId,
  raw,
  refusal,
  startOperation,
  startServer,
  userId,
} from '../rest/harness.ts';

const organization = toOrganizationId(organizationId);
const sort = { field: 'createdAt', direction: 'descending' } as const;

const ada = {
  id: userId,
  email: 'ada@example.com',
  name: 'Ada',
  tags: ['engineering'],
  language: '',
  metadata: { a: 1 },
  createdAt: '2026-02-10T12: 00:00Z',
};

describe('the users', () => {
  it('are listed by page, sort, search and e-mail', async () => {
    const server = await startServer(
      json({ status: true, data: { items: [ada, null], totalDocs: 7, limit: 2, page: 1 } }),
    );
    const users = createMdmUsers(connect(server.baseUrl), () => {});
    const page = await users.list(startOperation(), organization, {
      page: 1,
      limit: 2,
      sort,
      search: 'ada',
      email: 'ada@example.com',
    });
    expect(page).toEqual({
      items: [
        {
          organizationId,
          sourceId: userId,
          email: 'ada@example.com',
          name: 'Ada',
          tags: ['engineering'],
          language: null,
          managedAppleId: null,
          createdAt: '2026-02-10T12:00:00.000Z',
          updatedAt: null,
        },
        null,
      ],
      limit: 2,
      totalCount: 7,
      hasNextPage: true,
    });
    expect(server.seen[0]?.url).toBe(
      `/v1/organizations/${organizationId}/mdm/users?page=1&limit=2&sort=createdAt%3Adesc&search=ada&email=ada%40example.com`,
    );
  });

  it('are read one by one', async () => {
    const server = await startServer(json({ status: true, data: ada }));
    const users = createMdmUsers(connect(server.baseUrl), () => {});
    const user = await users.get(startOperation(), organization, toMdmUserId(userId));
    expect(user).toMatchObject({ sourceId: userId, name: 'Ada' });
    expect(server.seen[0]?.url).toBe(`/v1/organizations/${organizationId}/mdm/users/${userId}`);
  });

  it("are read from the documents' example", async () => {
    const example = readFileSync('test/contract/examples/mdm-user-create.200.json');
    const server = await startServer(raw(example));
    const users = createMdmUsers(connect(server.baseUrl), () => {});
    const user = await users.get(startOperation(), organization, toMdmUserId(userId));
    expect(user).toMatchObject({
      organizationId,
      sourceId: 'string',
      email: null,
      name: 'string',
      tags: ['string'],
      language: 'es',
      createdAt: null,
      updatedAt: null,
    });
  });

  it('that do not exist are not found', async () => {
    const server = await startServer(refusal(404, 3001));
    const users = createMdmUsers(connect(server.baseUrl), () => {});
    const failed = users.get(startOperation(), organization, toMdmUserId(userId));
    expect(await failureOf(failed)).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('name the permission that a list needs', async () => {
    const server = await startServer(refusal(403, 4003));
    const users = createMdmUsers(connect(server.baseUrl), () => {});
    const failed = users.list(startOperation(), organization, { page: 1, limit: 2, sort });
    await expect(failed).rejects.toThrow('mdm.global.mdmUser.list');
  });
});
