import { z } from 'zod';
import { userExists, userHasDevices, userHasTokens } from '../failure.ts';
import type { JsonObject } from '../json.ts';
import type { Call, Route } from '../router.ts';
import { anyObject, email, language, readBody, tags } from './bodies.ts';
import { findUser, renderUser, usersPath } from './user-routes.ts';

const userFields = {
  name: z.string().max(128).optional(),
  managedAppleId: z.string().optional(),
  tags: tags.optional(),
  language: language.optional(),
  metadata: anyObject.optional(),
};

const createBody = z.strictObject({ email, ...userFields });
/** The e-mail cannot change. */
const changeBody = z.strictObject(userFields);

const createUser = (call: Call): JsonObject => {
  const { organization } = call;
  const body = readBody(createBody, call.body);
  const address = body.email.toLowerCase();
  const taken = organization.users
    .all()
    .some((user) => String(user['email']).toLowerCase() === address);
  if (taken) throw userExists();
  const now = call.now();
  const user = organization.users.add({
    id: organization.random.id(now.getTime()),
    tags: [],
    metadata: {},
    inferredSegmentIds: [],
    ...body,
    createdAt: now.toISOString(),
    updatedAt: now.toISOString(),
  });
  return renderUser(organization, user);
};

const updateUser = (call: Call): JsonObject => {
  const { organization } = call;
  const body = readBody(changeBody, call.body);
  const user = findUser(call);
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return renderUser(
    organization,
    organization.users.patch(user.id, { ...given, updatedAt: call.now().toISOString() }),
  );
};

/** Refused while the user has a device or a pending token on any platform. */
const deleteUser = (call: Call): JsonObject => {
  const { organization } = call;
  const user = findUser(call);
  const counts = organization.platforms.map((store) => organization.countsOf(store, user.id));
  if (counts.some(({ devices }) => devices > 0)) throw userHasDevices();
  if (counts.some(({ pending }) => pending > 0)) throw userHasTokens();
  organization.users.remove(user.id);
  return { delete: 'OK' };
};

const route = (
  method: Route['method'],
  path: string,
  action: string,
  handle: Route['handle'],
): Route => ({
  method,
  path,
  operation: `mdm.global.mdmUser.${action}`,
  permission: `mdm.global.mdmUser.${action}`,
  platform: null,
  handle,
});

/** The routes that create, update and delete users. */
export const userWriteRoutes: readonly Route[] = [
  route('POST', usersPath, 'create', createUser),
  route('PUT', `${usersPath}/{mdmUserId}`, 'update', updateUser),
  route('DELETE', `${usersPath}/{mdmUserId}`, 'remove', deleteUser),
];
