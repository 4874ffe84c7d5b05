import { type MdmUserReference, toMdmUserId } from '../../domain/mdm-user.ts';
import type { OrganizationId } from '../../domain/organization.ts';
import type { PlatformKey } from '../../domain/platform-key.ts';
import {
  type EnrollmentToken,
  type TokenState,
  tokenStates,
  toTokenId,
} from '../../domain/token.ts';
import type { OnSurprise } from '../envelope.ts';
import { isObject, unreadable } from '../fields/fields.ts';
import { knownFields } from '../fields/object.ts';
import { embeddedUserSchema, userPresence } from '../mdm-users.ts';
import { readPolicies } from './policy-assignments.ts';
import { organizationOf, type PolicyReader } from './policy-reader.ts';
import { isNothing, referencedId, type SentAssignment, type TokenWire } from './token-wire.ts';

/** The context in which a token is read. */
export interface TokenReading {
  readonly platform: PlatformKey;
  /** The organization that was asked. It is used if the token names none. */
  readonly organizationId: OrganizationId;
  readonly policies: PolicyReader;
  readonly onSurprise: OnSurprise;
}

/** The fields of a token that each platform names in its own way. */
export interface PlatformTokenFields {
  readonly organizationId: string | null;
  readonly enterpriseId: string | null;
  readonly deviceId: string | null;
  readonly legacyPolicy: unknown;
  readonly policyAssignments: readonly SentAssignment[];
}

const readState = (value: unknown, onSurprise: OnSurprise): TokenState => {
  const state = tokenStates.find((known) => known === value);
  if (state !== undefined && state !== 'UNRECOGNIZED') return state;
  onSurprise('unknown-state');
  return 'UNRECOGNIZED';
};

const readUser = (value: unknown, organizationId: OrganizationId): MdmUserReference | null => {
  const id = referencedId(value);
  if (id === null) return unreadable('unreadable-user', isNothing(value) ? null : value);
  const sourceId = toMdmUserId(id);
  const object = isObject(value) ? value : { id };
  const user = Object.assign(embeddedUserSchema.parse(object), { organizationId, sourceId });
  return { sourceId, embeddedFields: knownFields(user, userPresence, object) };
};

const nothing = {} as const;
const unreadableExpiry = { hasUnreadableExpiry: true } as const;

/** Marks a token whose expiry was sent and cannot be read: it does expire (CONTRACT 7, row 11). */
const expiryMark = ({ expireAt, summary }: TokenWire) => {
  const computed = summary === null ? null : summary.expirationTimestamp;
  const isKnown = typeof expireAt === 'string' || typeof computed === 'string';
  return !isKnown && (expireAt === undefined || computed === undefined)
    ? unreadableExpiry
    : nothing;
};

/** Reads the fields that every platform's token has. */
export const readToken = (
  reading: TokenReading,
  wire: TokenWire,
  fields: PlatformTokenFields,
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
    ...expiryMark(wire),
    sortKeys: {
      createdAt: wire.createdAt,
      updatedAt: wire.updatedAt,
      expiresAt: wire.expireAt,
      displayName: wire.displayName,
      // As it was sent: a state that this gateway does not know has a place in the order, too.
      state: typeof wire.state === 'string' ? wire.state : null,
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
