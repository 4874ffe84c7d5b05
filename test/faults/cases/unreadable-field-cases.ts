import type { UnreadableField } from '../../../src/applivery/fields/fields.ts';
import type { Loose } from '../../support/loose.ts';

type Fields = Readonly<Record<string, Loose>>;

/** The names of the fields that each platform names differently. */
export const fieldNames = {
  windows: {
    enterprise: 'winEnterpriseId',
    assignments: 'winPolicyAssignments',
    policy: 'winPolicyId',
  },
  apple: {
    enterprise: 'admEnterprise',
    assignments: 'admPolicyAssignments',
    policy: 'admPolicyId',
  },
} as const;

export type FieldNames = (typeof fieldNames)[keyof typeof fieldNames];

/** A token with one value that cannot be read. */
export interface UnreadableCase {
  readonly name: string;
  readonly kind: UnreadableField;
  readonly gives: string;
  /** The fields that the API sends instead of those of a good token. */
  readonly fields: Fields | ((names: FieldNames) => Fields);
  /** The fields in the answer that differ from those of a good token. */
  readonly shows: Fields;
}

const later = '2099-01-01T00:00:00.000Z';
const policyId = 'c'.repeat(24);
const unknownExpiry = { expiresAt: null, isUsable: false };
const notUsable = '`expiresAt: null` and `isUsable: false`';

const assignmentsOf =
  (...assignments: readonly (readonly [id: unknown, priority: unknown])[]) =>
  ({ assignments: list, policy }: FieldNames): Fields => ({
    [list]: assignments.map(([id, priority]) => ({ [policy]: id, priority })),
  });

/** Grouped by kind, so that the compiler finds a kind without a case. */
const casesByKind: Readonly<Record<UnreadableField, readonly Omit<UnreadableCase, 'kind'>[]>> = {
  'unreadable-date': [
    {
      name: 'an expiry that is a number',
      gives: notUsable,
      fields: { expireAt: 1000, summary: {} },
      shows: unknownExpiry,
    },
    {
      name: 'an expiry that is not a date',
      gives: notUsable,
      fields: { expireAt: 'garbage', summary: {} },
      shows: unknownExpiry,
    },
    {
      name: 'an expiry that is an empty string',
      gives: notUsable,
      fields: { expireAt: '', summary: {} },
      shows: unknownExpiry,
    },
    {
      name: 'an expiry on 30 February',
      gives: notUsable,
      fields: { expireAt: '2099-02-30T00:00:00Z', summary: {} },
      shows: unknownExpiry,
    },
    {
      name: 'an expiry on 29 February of a year without one',
      gives: notUsable,
      fields: { expireAt: '2099-02-29T00:00:00.000Z', summary: {} },
      shows: unknownExpiry,
    },
    {
      name: 'an expiry that is a list',
      gives: notUsable,
      fields: { expireAt: [later], summary: null },
      shows: unknownExpiry,
    },
    {
      name: 'no expiry, and a number as expiry in the summary',
      gives: notUsable,
      fields: { expireAt: null, summary: { expirationTimestamp: 5 } },
      shows: unknownExpiry,
    },
    {
      name: 'an expiry that is a number, and a valid one in the summary',
      gives: 'the expiry of the summary; the token is usable until then',
      fields: { expireAt: 5, summary: { expirationTimestamp: later } },
      shows: { expiresAt: later, isUsable: true },
    },
    {
      name: 'an update time on 31 April',
      gives: '`updatedAt: null`',
      fields: { updatedAt: '2026-04-31T00:00:00Z' },
      shows: { updatedAt: null },
    },
  ],
  'unreadable-segment': [
    {
      name: 'a segment that is a word',
      gives: '`segmentId: null`, not 0, which is the root',
      fields: { segmentId: 'root' },
      shows: { segmentId: null },
    },
    {
      name: 'a segment below 0',
      gives: '`segmentId: null`',
      fields: { segmentId: -1 },
      shows: { segmentId: null },
    },
  ],
  'unreadable-text': [
    {
      name: 'a type that is a number',
      gives: '`type: null`',
      fields: { type: 5 },
      shows: { type: null },
    },
    {
      name: 'a tag that is a number, among others',
      gives: 'the other tags',
      fields: { tags: ['lab', 5] },
      shows: { tags: ['lab'] },
    },
  ],
  'unreadable-list': [
    {
      name: 'tags that are one string',
      gives: 'no tags',
      fields: { tags: 'lab' },
      shows: { tags: [] },
    },
  ],
  'unreadable-boolean': [
    {
      name: 'a boolean that is a word',
      gives: '`sendEmail: null`',
      fields: { sendEmail: 'perhaps' },
      shows: { sendEmail: null },
    },
  ],
  'unreadable-object': [
    {
      name: 'settings that are a string',
      gives: '`config: null`',
      fields: { config: 'none' },
      shows: { config: null },
    },
  ],
  'unreadable-id': [
    {
      name: 'an enterprise that is not an id',
      gives: '`enterpriseId: null`',
      fields: ({ enterprise }) => ({ [enterprise]: 'no id!' }),
      shows: { enterpriseId: null },
    },
  ],
  'unreadable-user': [
    {
      name: 'a user that is not an id',
      gives: '`user: null`',
      fields: { mdmUser: 'nobody in particular' },
      shows: { user: null },
    },
  ],
  'unreadable-email': [
    {
      name: 'an embedded user whose address is masked',
      gives: 'the user without an address',
      fields: { mdmUser: { id: 'a'.repeat(24), email: '[email protected]' } },
      shows: { user: { sourceId: 'a'.repeat(24), email: null } },
    },
  ],
  'unreadable-number': [
    {
      name: 'an assignment whose priority is an object',
      gives: 'the assignment without a priority',
      fields: assignmentsOf([policyId, {}]),
      shows: { policyAssignments: [{ priority: null }] },
    },
  ],
  'unreadable-policy-assignment': [
    {
      name: 'an assignment whose policy is not an id, among others',
      gives: 'the other assignments',
      fields: assignmentsOf(['???', 1], [policyId, 7]),
      shows: { policyAssignments: [{ priority: 7 }] },
    },
  ],
};

const isKind = (kind: string): kind is UnreadableField => kind in casesByKind;

export const unreadableCases: readonly UnreadableCase[] = Object.keys(casesByKind)
  .filter(isKind)
  .flatMap((kind) => casesByKind[kind].map((found) => ({ kind, ...found })));
