import type { BulkResult } from '../creation/bulk-results.ts';
import type { MdmUser } from '../domain/mdm-user.ts';
import type { Policy, PolicyAssignment } from '../domain/policy.ts';
import type { EnrollmentToken, TokenState } from '../domain/token.ts';
import type { SourceReport } from '../paging/types.ts';
import type { Builder } from './builder.ts';
import type { SharedInputs } from './mutations/mutation-types.ts';
import type { UserError } from './mutations/user-errors.ts';
import {
  type Entities,
  policyInterfaceName,
  tokenInterfaceName,
  userTypeName,
} from './types/entity.ts';

/** What the schema needs to know of a platform; the rest of it stays behind its adapter. */
export interface PlatformTypes {
  readonly key: string;
  /** Name of its object type that implements EnrollmentToken. */
  readonly tokenType: string;
  /** Name of its object type that implements MdmPolicy. */
  readonly policyType: string;
  /** Adds its object types, inputs and mutations. */
  defineTypes(parts: SchemaParts): void;
}

/** One of a token's assignments, with the token it belongs to. */
export interface AssignmentOfToken {
  readonly token: EnrollmentToken;
  readonly assignment: PolicyAssignment;
}

const tokenStateValues = {
  PENDING: { description: 'Not used yet. It may be past expiresAt: see isUsable.' },
  DONE: { description: 'A device enrolled with it.' },
  EXPIRED: { description: 'Its time ran out before a device enrolled.' },
  DELETED: { description: 'Revoked.' },
  UNRECOGNIZED: { description: 'The API answered a state this gateway does not know yet.' },
} as const satisfies Record<TokenState, object>;

/** The types that refer to one another, named before any of them is filled in. */
export const createRefs = (builder: Builder, platforms: readonly PlatformTypes[]) => {
  const keys = platforms.map(({ key }) => key).sort();
  const token = builder.interfaceRef<EnrollmentToken>(tokenInterfaceName);
  const source = builder.objectRef<SourceReport>('MdmSource');
  return {
    token,
    policy: builder.interfaceRef<Policy>(policyInterfaceName),
    user: builder.objectRef<MdmUser>(userTypeName),
    userError: builder.interfaceRef<UserError>('MdmError'),
    policyAssignment: builder.objectRef<AssignmentOfToken>('MdmPolicyAssignment'),
    bulkResult: builder.objectRef<BulkResult>('BulkEnrollmentResult'),
    source,
    tokenState: builder.enumType('EnrollmentTokenState', {
      description: 'The life of an enrollment token.',
      values: tokenStateValues,
    }),
    tokenConnection: builder.connectionObject(
      {
        type: token,
        name: 'EnrollmentTokenConnection',
        description: 'A page of the tokens of every platform, in one order.',
        fields: (t) => ({
          totalCount: t.exposeInt('totalCount', {
            nullable: true,
            description:
              'Matching tokens on the platforms that answered; null where only a scan could tell.',
          }),
          sources: t.field({
            type: [source],
            description:
              'How each platform answered. One that is down or forbidden does not take the other with it.',
            resolve: ({ sources }) => sources,
          }),
        }),
      },
      { name: 'EnrollmentTokenEdge', description: 'A token and its place in the list.' },
    ),
    platform: builder.enumType('MdmPlatform', {
      description: 'The device platforms that this gateway unites.',
      values: keys,
    }),
    platformInput: builder.enumType('MdmPlatformInput', {
      description:
        'The platforms to choose from: an enum of its own, since one used for input and output could never grow in one subgraph alone.',
      values: keys,
    }),
  };
};

export type SchemaRefs = ReturnType<typeof createRefs>;

/** What a platform, and every part of the schema, builds its types with. */
export interface SchemaParts {
  readonly builder: Builder;
  readonly refs: SchemaRefs;
  readonly inputs: SharedInputs;
  readonly entities: Entities;
  readonly platforms: readonly PlatformTypes[];
}
