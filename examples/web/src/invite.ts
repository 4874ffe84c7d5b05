import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ResultOf, VariablesOf } from 'gql.tada';
import { graphql, useAsk } from './gateway.ts';
import { useIdempotencyKey } from './idempotency-key.ts';
import { useLive } from './live/live.ts';
import type { Platform } from './names.ts';

const resultFields = graphql(`
  fragment ResultFields on BulkEnrollmentResult @_unmask {
    email
    outcome
    enrollmentToken { id }
    error { message }
  }
`);

const inviteApple = graphql(
  `mutation InviteApple($input: BulkCreateAppleEnrollmentTokensInput!) {
    invited: bulkCreateAppleEnrollmentTokens(input: $input) {
      results { ...ResultFields }
      userErrors { message path }
    }
  }`,
  [resultFields],
);

const inviteWindows = graphql(
  `mutation InviteWindows($input: BulkCreateWindowsEnrollmentTokensInput!) {
    invited: bulkCreateWindowsEnrollmentTokens(input: $input) {
      results { ...ResultFields }
      userErrors { message path }
    }
  }`,
  [resultFields],
);

export type Invitation = ResultOf<typeof resultFields>;

/** The input fields that both platforms share. */
type Input = VariablesOf<typeof inviteWindows>['input'];

export interface InviteForm {
  readonly platform: Platform;
  readonly input: Omit<Input, 'idempotencyKey'>;
}

/** Invites people by their addresses. The same input invites each address at most once, even if it is sent repeatedly. */
export const useInvite = () => {
  const ask = useAsk();
  const client = useQueryClient();
  const { addOwn } = useLive();
  const { keyOf } = useIdempotencyKey();
  return useMutation({
    mutationFn: async (form: InviteForm) => {
      const variables = { input: { ...form.input, idempotencyKey: keyOf(form) } };
      const { invited } = await (form.platform === 'APPLE'
        ? ask(inviteApple, variables)
        : ask(inviteWindows, variables));
      return invited;
    },
    onSuccess: async ({ results }) => {
      for (const { enrollmentToken } of results) if (enrollmentToken) addOwn(enrollmentToken.id);
      const isChanged = results.some(({ outcome }) => outcome === 'CREATED');
      if (isChanged) await client.resetQueries({ queryKey: ['tokens'] });
    },
  });
};
