import { ApiFailure, entityMissing } from '../failure.ts';
import { type Document, isObject, type JsonObject } from '../json.ts';
import type { PlatformSandbox, PlatformWords } from '../platform.ts';
import { createQueryReader } from '../query.ts';
import type { Call, Route } from '../router.ts';
import { type Condition, listPage, readListRequest } from './list.ts';

export const tokensPath = (platform: PlatformSandbox) =>
  `/organizations/{organizationId}/mdm/${platform.key}/enterprise/enrollment-tokens`;

export const permission = (platform: PlatformSandbox, action: string) =>
  `mdm.${platform.key}.enrollmentToken.${action}`;

const assigns = (token: Document, words: PlatformWords, policyId: string): boolean => {
  const assignments = token[words.assignments];
  const legacy = token[words.legacyPolicy];
  return (
    legacy === policyId ||
    (isObject(legacy) && legacy['id'] === policyId) ||
    (Array.isArray(assignments) &&
      assignments.some((one) => isObject(one) && one[words.policyId] === policyId))
  );
};

const readConditions = (call: Call, words: PlatformWords) => {
  const query = createQueryReader(call.query);
  const request = readListRequest(query);
  const userId = query.entityId('mdm-user');
  const policyId = query.entityId(words.policyFilter);
  const showDeleted = query.flag('show-deleted') ?? false;
  query.finish();
  const conditions: Condition[] = [];
  if (!showDeleted) {
    conditions.push({ name: 'live', matches: ({ state }) => state !== 'DELETED' });
  }
  if (userId !== undefined) {
    conditions.push({
      name: `user ${userId}`,
      matches: ({ mdmUser }) => isObject(mdmUser) && mdmUser['id'] === userId,
    });
  }
  if (policyId !== undefined) {
    conditions.push({
      name: `policy ${policyId}`,
      matches: (token) => assigns(token, words, policyId),
    });
  }
  return { request, conditions };
};

/** The token with the path's id, also a revoked one. Throws 404 if there is none. */
export const findToken = (call: Call, platform: PlatformSandbox): Document => {
  const { tokens } = call.organization.platform(platform.key);
  const token = tokens.get(call.parameter(platform.words.tokenId));
  if (token === undefined) throw entityMissing();
  return token;
};

/** The routes that list tokens and read one token. A revoked token is read too, unless the sandbox hides it. */
export const tokenReadRoutes = (platform: PlatformSandbox): readonly Route[] => [
  {
    method: 'GET',
    path: tokensPath(platform),
    operation: permission(platform, 'list'),
    permission: permission(platform, 'list'),
    platform: platform.key,
    handle: (call): JsonObject => {
      const { request, conditions } = readConditions(call, platform.words);
      const { tokens } = call.organization.platform(platform.key);
      return listPage(tokens, request, conditions, call.listFaults);
    },
  },
  {
    method: 'GET',
    path: `${tokensPath(platform)}/{${platform.words.tokenId}}`,
    operation: permission(platform, 'get'),
    permission: permission(platform, 'get'),
    platform: platform.key,
    handle: (call) => {
      const token = findToken(call, platform);
      if (call.hidesDeleted && token['state'] === 'DELETED') throw entityMissing();
      return token;
    },
  },
];

/** The error of the API if a token cannot be created. */
export const creationFailed = ({ creationFailure }: PlatformSandbox) =>
  new ApiFailure(400, creationFailure.code, creationFailure.message);
