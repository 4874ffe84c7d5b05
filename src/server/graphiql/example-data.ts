import { encodeTypeAndKey, entityKey } from '../../graphql/global-id.ts';
import type { PlatformTypes } from '../../graphql/schema-parts.ts';
import { userTypeName } from '../../graphql/types/entity.ts';

/** Ids and addresses for the examples, as the REST API has them. */
export interface SourceExamples {
  readonly organizationId: string;
  readonly emails: readonly string[];
  readonly userId: string;
  readonly platform: string;
  readonly policyId: string;
  readonly partialAuthorization: string;
}

/** Ids and addresses for the examples, as the schema has them. */
export interface ExampleData {
  /** The object type whose create mutations the examples call. */
  readonly tokenType: string;
  /** The first one belongs to a user who has tokens. */
  readonly emails: readonly string[];
  /** An MdmUser id. */
  readonly userId: string;
  /** An MdmPolicy id of the token type's platform. */
  readonly policyId: string;
  /** An Authorization header that may not read every platform; null if there is none. */
  readonly partialAuthorization: string | null;
  /** Whether the data belongs to the sandbox, so that it exists and mutations may change it. */
  readonly isFromSandbox: boolean;
}

/** Placeholders for an API of which no ids are known. */
export const createPlaceholders = (tokenType: string): ExampleData => ({
  tokenType,
  emails: ['ana@example.com', 'ben@example.com'],
  userId: 'the id that the tab TokensOfUser shows',
  policyId: 'an id that the tab Policies shows',
  partialAuthorization: null,
  isFromSandbox: false,
});

/** Translates the sandbox's data: source ids become global ids, and the platform becomes its token type. */
export const toExampleData = (
  platforms: readonly PlatformTypes[],
  examples: SourceExamples,
): ExampleData => {
  const { organizationId, emails, platform, partialAuthorization } = examples;
  const types = platforms.find(({ key }) => key.toLowerCase() === platform);
  if (types === undefined) throw new Error(`No platform is called ${platform}.`);
  const idOf = (typename: string, sourceId: string): string =>
    encodeTypeAndKey(typename, entityKey({ organizationId, sourceId }));
  return {
    tokenType: types.tokenType,
    emails,
    userId: idOf(userTypeName, examples.userId),
    policyId: idOf(types.policyType, examples.policyId),
    partialAuthorization,
    isFromSandbox: true,
  };
};
