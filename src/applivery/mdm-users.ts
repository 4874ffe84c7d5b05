import { z } from 'zod';
import {
  type MdmUser,
  type MdmUserListRequest,
  type MdmUsers,
  toMdmUserId,
} from '../domain/mdm-user.ts';
import type { OrganizationId } from '../domain/organization.ts';
import type { Transport } from '../rest/transport.ts';
import { createReportingSchema, mapPage, type OnSurprise } from './envelope.ts';
import {
  itemId,
  lenientEmail,
  lenientString,
  lenientStringList,
  lenientTimestamp,
} from './fields/fields.ts';
import { objectOf, presenceOf, renamed } from './fields/object.ts';
import { shapeOf } from './fields/shape.ts';
import { createListEndpoint } from './list-endpoint.ts';

/** The fields of a user (CONTRACT 5.2). The page prints `string` for the timestamps; live answers hold dates. */
const embeddedFields = {
  email: lenientEmail,
  name: lenientString,
  tags: lenientStringList,
  language: lenientString,
  managedAppleId: lenientString,
  createdAt: lenientTimestamp,
  updatedAt: lenientTimestamp,
};

const userFields = { sourceId: renamed('id', itemId), ...embeddedFields };

const userSchema = objectOf(userFields);

/** A user inside a token, without the id. The documents show an id and an e-mail only. */
export const embeddedUserSchema = z.object(embeddedFields);

/** Tells which fields an embedded user carries. It takes its organization from the token. */
export const userPresence = presenceOf(userFields, ['organizationId']);

/** A hash of the fields of a user. If it changes, cached users of the old shape are not found. */
export const userShape = shapeOf(userSchema);

const toUser = (
  organizationId: OrganizationId,
  { sourceId, ...fields }: z.output<typeof userSchema>,
): MdmUser => ({ organizationId, sourceId: toMdmUserId(sourceId), ...fields });

const listQuery = (request: MdmUserListRequest): Record<string, string> => ({
  page: String(request.page),
  limit: String(request.limit),
  sort: `${request.sort.field}:${request.sort.direction === 'ascending' ? 'asc' : 'desc'}`,
  ...(request.search === undefined ? {} : { search: request.search }),
  ...(request.email === undefined ? {} : { email: request.email }),
});

/** Creates the port of the users, which all platforms share. Each method makes one upstream call. */
export const createMdmUsers = (transport: Transport, onSurprise: OnSurprise): MdmUsers => {
  const reportingUserSchema = createReportingSchema(userSchema, onSurprise);
  const readUsers = createListEndpoint(transport, userSchema, onSurprise);
  return {
    list: async (operation, organizationId, request) => {
      const page = await readUsers(
        operation,
        {
          method: 'GET',
          path: '/organizations/{organizationId}/mdm/users',
          parameters: { organizationId },
          query: listQuery(request),
          permission: 'mdm.global.mdmUser.list',
        },
        request,
      );
      return mapPage(page, (user) => toUser(organizationId, user));
    },

    get: async (operation, organizationId, id) => {
      const user = await transport.exchange(
        operation,
        {
          method: 'GET',
          path: '/organizations/{organizationId}/mdm/users/{mdmUserId}',
          parameters: { organizationId, mdmUserId: id },
          permission: 'mdm.global.mdmUser.get',
        },
        reportingUserSchema,
      );
      return toUser(organizationId, user);
    },
  };
};
