import { z } from 'zod';
import { type Assignment, renderAssignments, renderToken } from '../data/token.ts';
import { bodyRefused, entityMissing } from '../failure.ts';
import type { Document, JsonObject } from '../json.ts';
import type { PlatformStore } from '../organization.ts';
import type { AssignmentDraft, PlatformSandbox, TokenDraft } from '../platform.ts';
import type { Call, Route } from '../router.ts';
import { email, entityId, readBody, readParts, requireObject } from './bodies.ts';
import { creationFailed, findToken, permission, tokensPath } from './token-reads.ts';

const defaultDurationSeconds = 86_400;
const emailList = z.array(email).min(1);

/** The policies that a body names, as embedded objects. Throws the error of `missing` if one does not exist. */
const findPolicies = (
  { platform, policies }: PlatformStore,
  assignments: readonly AssignmentDraft[],
  legacyPolicyId: string | undefined,
  missing: () => Error,
): { assigned: readonly Assignment[]; legacyPolicy: Document | undefined } => {
  const find = (id: string): Document => {
    const policy = policies.get(id);
    if (policy === undefined) throw missing();
    return policy;
  };
  return {
    assigned: assignments.map(({ policyId, priority }) => ({
      policyId,
      policy: platform.embedPolicy(find(policyId)),
      priority,
    })),
    legacyPolicy:
      legacyPolicyId === undefined || legacyPolicyId === '' ? undefined : find(legacyPolicyId),
  };
};

/** Creates one token for each user, all with the same `createdAt`. */
const createTokens = (
  call: Call,
  platform: PlatformSandbox,
  users: readonly Document[],
  draft: TokenDraft,
): readonly Document[] => {
  const { organization } = call;
  const store = organization.platform(platform.key);
  const { assigned, legacyPolicy } = findPolicies(
    store,
    draft.assignments ?? [],
    draft.legacyPolicyId,
    () => creationFailed(platform),
  );
  const now = call.now();
  const createdAt = now.toISOString();
  const expiresAtMs = now.getTime() + (draft.duration ?? defaultDurationSeconds) * 1000;
  return users.map((user) =>
    store.tokens.add(
      renderToken(platform, {
        id: organization.random.id(now.getTime()),
        owner: store.owner,
        user: { id: user.id, email: user['email'] },
        displayName: draft.displayName,
        tags: draft.tags ?? [],
        state: 'PENDING',
        createdAt,
        updatedAt: createdAt,
        expiresAt: new Date(expiresAtMs).toISOString(),
        legacyPolicy,
        assignments: assigned,
        sendEmail: draft.sendEmail,
        emailText: draft.emailText,
        segmentId: draft.segmentId ?? 0,
        extras: draft.extras,
        random: organization.random,
      }),
    ),
  );
};

const createOne = (call: Call, platform: PlatformSandbox): JsonObject => {
  const { mdmUserId, ...rest } = requireObject(call.body);
  const [userBody, draft] = readParts(
    [z.object({ mdmUserId: entityId }), { mdmUserId }],
    [platform.draftBody, rest],
  );
  const user = call.organization.users.get(userBody.mdmUserId);
  if (user === undefined) throw entityMissing();
  const [token] = createTokens(call, platform, [user], draft);
  return token ?? {};
};

/** Every address counts, also a repeated one. An address without a user fails. */
const createBulk = (call: Call, platform: PlatformSandbox): JsonObject => {
  const { userEmails, ...rest } = requireObject(call.body);
  const [emailBody, draft] = readParts(
    [z.object({ userEmails: emailList }), { userEmails }],
    [platform.draftBody, rest],
  );
  const byEmail = new Map(
    call.organization.users.all().map((user) => [String(user['email']).toLowerCase(), user]),
  );
  const users = emailBody.userEmails.flatMap((address) => byEmail.get(address.toLowerCase()) ?? []);
  const total = emailBody.userEmails.length;
  const success = createTokens(call, platform, users, draft).length;
  return { total, success, fail: total - success };
};

/** An absent field keeps its value. Only a pending token can be changed. */
const updateOne = (call: Call, platform: PlatformSandbox): JsonObject => {
  const { words } = platform;
  const change = readBody(platform.changeBody, call.body);
  const token = findToken(call, platform);
  if (token['state'] === 'DELETED') throw entityMissing();
  if (token['state'] !== 'PENDING') {
    throw bodyRefused([{ path: 'state', message: 'Only a pending token can be updated' }]);
  }
  const store = call.organization.platform(platform.key);
  const { assigned, legacyPolicy } = findPolicies(
    store,
    change.assignments ?? [],
    change.legacyPolicyId,
    entityMissing,
  );
  const { displayName, tags, segmentId } = change;
  return store.tokens.patch(token.id, {
    ...(displayName === undefined ? {} : { displayName }),
    ...(tags === undefined ? {} : { tags }),
    ...(segmentId === undefined ? {} : { segmentId }),
    ...(change.assignments === undefined
      ? {}
      : { [words.assignments]: renderAssignments(platform, assigned) }),
    ...(change.legacyPolicyId === undefined
      ? {}
      : { [words.legacyPolicy]: platform.legacyPolicy(legacyPolicy, call.organization.random) }),
    updatedAt: call.now().toISOString(),
  });
};

/** Marks the token as DELETED. A second delete answers 404. */
const deleteOne = (call: Call, platform: PlatformSandbox): JsonObject => {
  const token = findToken(call, platform);
  if (token['state'] === 'DELETED') throw entityMissing();
  return call.organization
    .platform(platform.key)
    .tokens.patch(token.id, { state: 'DELETED', updatedAt: call.now().toISOString() });
};

/** The routes that create, update and delete tokens. */
export const tokenWriteRoutes = (platform: PlatformSandbox): readonly Route[] => {
  const path = tokensPath(platform);
  const onePath = `${path}/{${platform.words.tokenId}}`;
  const route = (
    method: Route['method'],
    routePath: string,
    operation: string,
    action: string,
    handle: (call: Call, platform: PlatformSandbox) => JsonObject,
  ): Route => ({
    method,
    path: routePath,
    operation: permission(platform, operation),
    permission: permission(platform, action),
    platform: platform.key,
    handle: (call) => handle(call, platform),
  });
  return [
    route('POST', path, 'create', 'create', createOne),
    route('POST', `${path}/bulk`, 'bulk', 'create', createBulk),
    route('PUT', onePath, 'update', 'update', updateOne),
    route('DELETE', onePath, 'remove', 'remove', deleteOne),
  ];
};
