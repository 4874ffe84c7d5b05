import { type MdmUser, type MdmUserReference, toMdmUserId } from '../domain/mdm-user.ts';
import { isEntityId, type OrganizationId, toOrganizationId } from '../domain/organization.ts';
import type { PlatformKey } from '../domain/platform-key.ts';
import type { Policy } from '../domain/policy.ts';
import { type EnrollmentToken, type TokenState, tokenStates, toTokenId } from '../domain/token.ts';
import { type FieldPresence, knownFields, sent } from './embedded-object.ts';
import { isObject, unreadable } from './fields.ts';
import { type PolicyReader, readPolicies } from './policy-assignments.ts';
import {
  embeddedUserWire,
  isNothing,
  referencedId,
  type SentAssignment,
  type TokenWire,
} from './token-wire.ts';

/** Something the API sent that its documentation does not know, for a metric; it never breaks a page. */
export type Surprise = 'unknown-state' | 'unreadable-item';

/** Whose token is read, and who is told of surprises. */
export interface TokenReading<Own extends Policy> {
  readonly platform: PlatformKey;
  /** The organization that was asked; it answers where the token names none. */
  readonly organizationId: OrganizationId;
  readonly policies: PolicyReader<Own>;
  readonly onSurprise: (surprise: Surprise) => void;
}

/** The fields of a token that each platform names in its own way. */
export interface SentTokenFields {
  readonly organizationId: string | null;
  readonly enterpriseId: string | null;
  readonly deviceId: string | null;
  readonly legacyPolicy: unknown;
  readonly policyAssignments: readonly SentAssignment[];
}

/** The organization that an object names, or the one that was asked. */
export const organizationOf = (sentId: string | null, asked: OrganizationId): OrganizationId =>
  sentId !== null && isEntityId(sentId) ? toOrganizationId(sentId) : asked;

const readState = (value: unknown, onSurprise: (surprise: Surprise) => void): TokenState => {
  const state = tokenStates.find((known) => known === value);
  if (state !== undefined && state !== 'UNRECOGNIZED') return state;
  onSurprise('unknown-state');
  return 'UNRECOGNIZED';
};

const userPresence: FieldPresence<MdmUser> = {
  organizationId: sent('id'),
  sourceId: sent('id'),
  email: sent('email'),
  name: sent('name'),
  tags: sent('tags'),
  language: sent('language'),
  managedAppleId: sent('managedAppleId'),
  createdAt: sent('createdAt'),
  updatedAt: sent('updatedAt'),
};

const readUser = (value: unknown, organizationId: OrganizationId): MdmUserReference | null => {
  const id = referencedId(value);
  if (id === null) return unreadable('unreadable-user', isNothing(value) ? null : value);
  const sourceId = toMdmUserId(id);
  const object = isObject(value) ? value : { id };
  const user = Object.assign(embeddedUserWire.parse(object), { organizationId, sourceId });
  return { sourceId, embeddedFields: knownFields(user, userPresence, object) };
};

const nothing = {} as const;
const unreadExpiry = { hasUnreadableExpiry: true } as const;

/** An expiry that was sent and cannot be read does not mean that there is none (CONTRACT 7, row 11). */
const unreadableExpiry = ({ expireAt, summary }: TokenWire) => {
  const computed = summary === null ? null : summary.expirationTimestamp;
  const isKnown = typeof expireAt === 'string' || typeof computed === 'string';
  return !isKnown && (expireAt === undefined || computed === undefined) ? unreadExpiry : nothing;
};

/** The domain's token of what was sent, but for what only its platform has. */
export const readToken = <Own extends Policy>(
  reading: TokenReading<Own>,
  wire: TokenWire,
  fields: SentTokenFields,
): EnrollmentToken => {
  const organizationId = organizationOf(fields.organizationId, reading.organizationId);
  const { policyAssignments, legacyPolicyId } = readPolicies(
    reading.policies,
    organizationId,
    fields.legacyPolicy,
    fields.policyAssignments,
  );
  return {
    platform: reading.platform,
    organizationId,
    sourceId: toTokenId(wire.id),
    displayName: wire.displayName === '' ? null : wire.displayName,
    tags: wire.tags ?? [],
    state: readState(wire.state, reading.onSurprise),
    type: wire.type,
    subType: wire.subType,
    createdAt: wire.createdAt,
    updatedAt: wire.updatedAt,
    expiresAt: wire.expireAt ?? wire.summary?.expirationTimestamp ?? null,
    ...unreadableExpiry(wire),
    sortKeys: {
      createdAt: wire.createdAt,
      updatedAt: wire.updatedAt,
      expiresAt: wire.expireAt,
      displayName: wire.displayName,
    },
    enrollmentLink: wire.enrollmentLink,
    enrollmentCode: wire.enrollCode,
    user: readUser(wire.mdmUser, organizationId),
    policyAssignments,
    legacyPolicyId,
    deviceId: fields.deviceId,
    sendEmail: wire.sendEmail,
    emailText: wire.emailText,
    segmentId: wire.segmentId,
    config: wire.config,
    enterpriseId: fields.enterpriseId,
  };
};
