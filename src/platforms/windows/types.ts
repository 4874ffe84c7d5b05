import type { EnrollmentToken } from '../../domain/token.ts';
import { globalIdOf } from '../../graphql/global-id.ts';
import type { SchemaParts } from '../../graphql/schema-parts.ts';
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
    id: globalIdOf,
    directives: { key: { fields: 'id' } },
    fields: (t) => ({
      enterpriseId: t.exposeID('enterpriseId', {
        nullable: true,
        description: "The organization's Windows enterprise in the REST API.",
      }),
    }),
  });
  definePolicyTypes(parts);
  defineMutations(parts, token);
};
