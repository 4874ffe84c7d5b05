import { encodeTypeAndKey, entityKey } from '../../graphql/global-id.ts';
import type { PlatformTypes } from '../../graphql/schema-parts.ts';
import { userTypeName } from '../../graphql/types/entity.ts';

/** Things that examples can name, by their ids in the REST API. */
export interface SourceExamples {
  readonly organizationId: string;
  readonly emails: readonly string[];
  readonly userId: string;
  readonly platform: string;
  readonly policyId: string;
  readonly partialAuthorization: string;
}

/** The same in the schema's words: global ids, and the type whose mutations the platform has. */
export const toExampleData = (platforms: readonly PlatformTypes[], examples: SourceExamples) => {
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
    isInvented: true,
  };
};
