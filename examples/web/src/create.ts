import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ResultOf, VariablesOf } from 'gql.tada';
import { type Ask, graphql, useAsk } from './gateway.ts';
import { useIdempotencyKey } from './idempotency-key.ts';
import { useLive } from './live/live.ts';
import type { Platform } from './names.ts';

const userErrorFields = graphql(`
  fragment UserErrorFields on MdmError @_unmask {
    code
    message
    path
    ... on MdmOutcomeUnknownError {
      candidates { id displayName createdAt }
    }
  }
`);

const createApple = graphql(
  `mutation CreateApple($input: CreateAppleEnrollmentTokenInput!) {
    created: createAppleEnrollmentToken(input: $input) {
      enrollmentToken { id }
      userErrors { ...UserErrorFields }
    }
  }`,
  [userErrorFields],
);

const createWindows = graphql(
  `mutation CreateWindows($input: CreateWindowsEnrollmentTokenInput!) {
    created: createWindowsEnrollmentToken(input: $input) {
      enrollmentToken { id }
      userErrors { ...UserErrorFields }
    }
  }`,
  [userErrorFields],
);

const userByEmail = graphql(`
  query UserByEmail($email: String!) {
    mdmUser(email: $email) { id }
  }
`);

export type UserError = ResultOf<typeof userErrorFields>;

/** The input fields that both platforms share. */
type Input = VariablesOf<typeof createWindows>['input'];

export interface CreateForm {
  readonly platform: Platform;
  readonly email: string;
  readonly rest: Omit<Input, 'userId' | 'idempotencyKey'>;
}

interface Created {
  readonly enrollmentToken: { readonly id: string } | null;
  readonly userErrors: readonly UserError[];
}

const refused = (field: string, message: string): Created => ({
  enrollmentToken: null,
  userErrors: [{ code: 'NOT_FOUND', path: ['input', field], message }],
});

const createToken = async (
  ask: Ask,
  { platform, email, rest }: CreateForm,
  idempotencyKey: string,
): Promise<Created> => {
  const { mdmUser } = await ask(userByEmail, { email });
  if (!mdmUser) return refused('userId', 'Nobody has this address.');
  const variables = { input: { ...rest, userId: mdmUser.id, idempotencyKey } };
  const { created } = await (platform === 'APPLE'
    ? ask(createApple, variables)
    : ask(createWindows, variables));
  return created;
};

/** Creates a token. The same input creates at most one token, unless `createAnother` is called. */
export const useCreateToken = (onCreated: (id: string) => void) => {
  const ask = useAsk();
  const client = useQueryClient();
  const { addOwn } = useLive();
  const { keyOf, forget } = useIdempotencyKey();
  const create = useMutation({
    mutationFn: (form: CreateForm) => createToken(ask, form, keyOf(form)),
    onSuccess: async ({ enrollmentToken }) => {
      if (!enrollmentToken) return;
      addOwn(enrollmentToken.id);
      onCreated(enrollmentToken.id);
      // Loads the first page again, which contains the new token.
      await client.resetQueries({ queryKey: ['tokens'] });
    },
  });
  const createAnother = () => {
    if (!create.variables) return;
    forget();
    create.mutate(create.variables);
  };
  return { create, createAnother };
};
