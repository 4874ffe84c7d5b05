import { entityMissing } from '../failure.ts';
import type { Document, Json, JsonObject } from '../json.ts';
import type { Organization } from '../organization.ts';
import { createQueryReader } from '../query.ts';
import type { Call, Route } from '../router.ts';
import { type Condition, listPage, readListRequest } from './list.ts';

export const usersPath = '/organizations/{organizationId}/mdm/users';

/** A user as answered, with the number of devices and tokens on every platform. */
export const renderUser = (organization: Organization, user: Document): JsonObject => ({
  ...user,
  android: { devices: { DEVICE_OWNER: 0 }, enrollmentTokens: { PENDING: 0 } },
  ...Object.fromEntries(
    organization.platforms.map((store): [string, Json] => {
      const { devices, tokens } = organization.countsOf(store, user.id);
      return [store.platform.key, { devices, enrollmentTokens: tokens }];
    }),
  ),
});

const contains = (value: Json | undefined, part: string) =>
  typeof value === 'string' && value.toLowerCase().includes(part.toLowerCase());

/** `email`, `name` and `search` match any part, ignoring case. Clients must not take a match for equality. */
const listUsers = (call: Call): JsonObject => {
  const query = createQueryReader(call.query);
  const request = readListRequest(query);
  const search = query.text('search', 128);
  const email = query.text('email', 128);
  const name = query.text('name', 128);
  const tags = query.texts('tags');
  query.finish();
  const conditions: Condition[] = [];
  if (search !== undefined) {
    conditions.push({
      name: `search ${search}`,
      matches: (user) =>
        ['email', 'name', 'managedAppleId'].some((field) => contains(user[field], search)),
    });
  }
  if (email !== undefined) {
    conditions.push({ name: `email ${email}`, matches: (user) => contains(user['email'], email) });
  }
  if (name !== undefined) {
    conditions.push({ name: `name ${name}`, matches: (user) => contains(user['name'], name) });
  }
  if (tags.length > 0) {
    conditions.push({
      name: `tags ${JSON.stringify(tags)}`,
      matches: (user) => {
        const own = user['tags'];
        return Array.isArray(own) && tags.some((tag) => own.includes(tag));
      },
    });
  }
  const { organization } = call;
  return listPage(organization.users, request, conditions, call.listFaults, (user) =>
    renderUser(organization, user),
  );
};

/** The user with the path's id. Throws 404 if there is none. */
export const findUser = (call: Call): Document => {
  const user = call.organization.users.get(call.parameter('mdmUserId'));
  if (user === undefined) throw entityMissing();
  return user;
};

/** The routes that list users and read one user. */
export const userReadRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: usersPath,
    operation: 'mdm.global.mdmUser.list',
    permission: 'mdm.global.mdmUser.list',
    platform: null,
    handle: listUsers,
  },
  {
    method: 'GET',
    path: `${usersPath}/{mdmUserId}`,
    operation: 'mdm.global.mdmUser.get',
    permission: 'mdm.global.mdmUser.get',
    platform: null,
    handle: (call) => renderUser(call.organization, findUser(call)),
  },
];
