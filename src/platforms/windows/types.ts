import type { EnrollmentToken } from '../../domain/token.ts';
import type { SchemaParts } from '../../graphql/schema-parts.ts';
import { enterpriseIdOptions, platformEntity } from '../../graphql/types/platform-types.ts';
import { defineMutations } from './mutations.ts';
import { definePolicyTypes } from './policy-types.ts';

export const windowsTokenType = 'WindowsEnrollmentToken';

/** Adds the Windows types and mutations. */
export const defineTypes = (parts: SchemaParts): void => {
  const { builder, refs } = parts;
  const token = builder.objectRef<EnrollmentToken>(windowsTokenType);
  builder.node(token, {
    description: 'A token that enrolls one Windows device.',
    interfaces: [refs.token],
    ...platformEntity,
    fields: (t) => ({
      enterpriseId: t.exposeID('enterpriseId', enterpriseIdOptions('Windows')),
    }),
  });
  definePolicyTypes(parts);
  defineMutations(parts, token);
};
