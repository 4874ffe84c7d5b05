import type { BulkResult } from '../creation/bulk-results.ts';
import type { Policy, PolicyAssignment } from '../domain/policy.ts';
import type { EnrollmentToken, TokenState } from '../domain/token.ts';
import type { SourceReport } from '../paging/types.ts';
import type { Builder } from './builder.ts';
import { orSourceId } from './global-id.ts';
import { limitedInputs, limitOf } from './input-limits.ts';
import {
  type Entities,
  type PlatformTypeNames,
  policyInterfaceName,
  tokenInterfaceName,
  userTypeName,
} from './types/entity.ts';
import type { UserOfToken } from './types/user-of-token.ts';
import type { UserError } from './user-errors.ts';

/** A platform's part of the schema. */
export interface PlatformTypes extends PlatformTypeNames {
  /** What the platform's value of an enum means. */
  readonly description: string;
  /** Adds the platform's object types, inputs and mutations. */
  defineTypes(parts: SchemaParts): void;
}

/** One assignment of a token, with the token. */
interface AssignmentOfToken {
  readonly token: EnrollmentToken;
  readonly assignment: PolicyAssignment;
}

const tokenStateValues = {
  PENDING: { description: 'Not used yet. The token may be past expiresAt: see isUsable.' },
  DONE: { description: 'A device enrolled with the token.' },
  EXPIRED: { description: 'The token expired before a device enrolled.' },
  DELETED: { description: 'The token was revoked.' },
  UNRECOGNIZED: { description: 'The REST API returned a state that this gateway does not know.' },
} as const satisfies Record<TokenState, object>;

/** Creates the types that several parts of the schema refer to. Other files add the fields of most of them. */
export const createRefs = (builder: Builder, platforms: readonly PlatformTypes[]) => {
  const platformValues = Object.fromEntries(
    platforms
      .map(({ key, description }) => [key, { description }] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  const token = builder.interfaceRef<EnrollmentToken>(tokenInterfaceName);
  const source = builder.objectRef<SourceReport>('MdmSource');
  return {
    token,
    policy: builder.interfaceRef<Policy>(policyInterfaceName),
    user: builder.objectRef<UserOfToken>(userTypeName),
    userError: builder.interfaceRef<UserError>('MdmError'),
    policyAssignment: builder.objectRef<AssignmentOfToken>('MdmPolicyAssignment'),
    bulkResult: builder.objectRef<BulkResult>('BulkEnrollmentResult'),
    source,
    tokenState: builder.enumType('EnrollmentTokenState', {
      description: 'The state of an enrollment token.',
      values: tokenStateValues,
    }),
    tokenConnection: builder.connectionObject(
      {
        type: token,
        name: 'EnrollmentTokenConnection',
        description: 'A page of the tokens of all platforms, in one order.',
        fields: (t) => ({
          totalCount: t.exposeInt('totalCount', {
            nullable: true,
            description:
              'The number of matching tokens on the platforms that answered. Null if counting them would need a scan.',
          }),
          sources: t.field({
            type: [source],
            description:
              'The answer of each platform. If a platform is unavailable or forbidden, the page still has the others.',
            resolve: ({ sources }) => sources,
          }),
        }),
      },
      { name: 'EnrollmentTokenEdge', description: 'A token and its place in the list.' },
    ),
    platform: builder.enumType('MdmPlatform', {
      description: 'The device platforms of this gateway.',
      values: platformValues,
    }),
    platformInput: builder.enumType('MdmPlatformInput', {
      description:
        'The platforms to choose from. Input has an enum of its own: a single subgraph cannot add a value to an enum that is used for input and output.',
      values: platformValues,
    }),
    policyAssignmentInput: builder.inputType('MdmPolicyAssignmentInput', {
      description: 'A policy to assign.',
      fields: (t) => ({
        policyId: t.id({
          required: true,
          description: `The id of an MdmPolicy of the same platform, ${orSourceId}.`,
        }),
        priority: t.int({
          required: true,
          description: `${limitOf(limitedInputs.priority)}; the lowest number wins.`,
        }),
      }),
    }),
  };
};

/** The types of `createRefs`. */
export type SchemaRefs = ReturnType<typeof createRefs>;

/** The parts that the schema's types are built with. */
export interface SchemaParts {
  readonly builder: Builder;
  readonly refs: SchemaRefs;
  readonly entities: Entities;
  readonly platforms: readonly PlatformTypes[];
}
