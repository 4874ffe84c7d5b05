import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ResultOf, VariablesOf } from 'gql.tada';
import { useRef } from 'react';
import { type Ask, graphql, useAsk } from './gateway.ts';
import type { Platform } from './names.ts';

const userErrorFields = graphql(`
  fragment UserErrorFields on MdmError @_unmask {
    message
    path
    ... on MdmOutcomeUnknownError {
      candidates { id displayName }
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
  userErrors: [{ path: ['input', field], message }],
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

/** Creates a token. The same input creates at most one token, even if it is sent repeatedly. */
export const useCreateToken = (onCreated: (id: string) => void) => {
  const ask = useAsk();
  const client = useQueryClient();
  const last = useRef({ form: '', key: '' });
  /** Returns the same key for the same input, so that a retry does not create a second token. */
  const keyOf = (form: CreateForm): string => {
    const text = JSON.stringify(form);
    if (last.current.form !== text) last.current = { form: text, key: crypto.randomUUID() };
    return last.current.key;
  };
  return useMutation({
    mutationFn: (form: CreateForm) => createToken(ask, form, keyOf(form)),
    onSuccess: async ({ enrollmentToken }) => {
      if (!enrollmentToken) return;
      onCreated(enrollmentToken.id);
      // Loads the first page again, which contains the new token.
      await client.resetQueries({ queryKey: ['tokens'] });
    },
  });
};
