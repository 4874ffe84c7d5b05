import { buildSchema, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { expect, it } from 'vitest';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createFailureLimit } from '../../src/graphql/failure-limit.ts';
import { useErrorHandling } from '../../src/server/error-handling.ts';

const secret = 'https://enroll.example/secret-link';

interface Shown {
  readonly status: number;
  readonly error: {
    readonly message: string;
    readonly path?: readonly string[];
    readonly extensions: Readonly<Record<string, unknown>>;
  };
  readonly reported: readonly unknown[];
}

const schema = buildSchema(`
  interface Thing { id: ID! }
  type Known implements Thing { id: ID! }
  type Query { text: String number: Int thing: Thing must(value: String!): String }
`);

/** What a caller sees of what a resolver, or the making of the context, throws. */
const show = async (
  query: string,
  rootValue: Record<string, unknown>,
  context: () => Partial<GatewayContext> = () => ({
    requestId: 'one',
    failures: createFailureLimit(),
  }),
  variables: Record<string, unknown> = {},
): Promise<Shown> => {
  const reported: unknown[] = [];
  const useRootValue: Plugin = {
    onExecute: ({ args }) => {
      Object.assign(args, { rootValue });
    },
  };
  const yoga = createYoga({
    schema,
    logging: false,
    maskedErrors: false,
    context,
    plugins: [useErrorHandling((cause) => reported.push(cause)), useRootValue],
  });
  const response = await yoga.fetch('http://gateway.invalid/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  const { errors } = await response.json();
  return { status: response.status, error: errors[0], reported };
};

const fail = (error: unknown) => () => {
  throw error;
};

const masked = 'Something went wrong in the gateway. Give the request id to its operators.';

it.each<[string, string, Record<string, unknown>]>([
  ['an unexpected error', '{ text }', { text: fail(new TypeError(secret)) }],
  ['something thrown that is no error', '{ text }', { text: fail(secret) }],
  ['a value that its type cannot hold', '{ number }', { number: secret }],
  ['an object of no known type', '{ thing { id } }', { thing: { id: secret } }],
  [
    'an error that GraphQL made of nothing the caller sent',
    '{ text }',
    { text: fail(new GraphQLError(secret)) },
  ],
])('%s is masked and reported', async (_name, query, root) => {
  const { error, reported } = await show(query, root);
  expect(error).toMatchObject({
    message: masked,
    path: [expect.any(String)],
    extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) },
  });
  expect(JSON.stringify(error)).not.toContain(secret);
  expect(reported).toHaveLength(1);
});

it('an error around the execution is masked, reported and HTTP 500', async () => {
  const { status, error, reported } = await show('{ text }', {}, () => {
    throw new Error(secret);
  });
  expect(status).toBe(500);
  expect(error.message).toBe(masked);
  expect(JSON.stringify(error)).not.toContain(secret);
  expect(reported).toHaveLength(1);
});

it('an argument that the caller left null is the caller’s to mend', async () => {
  const { error, reported } = await show(
    'query ($value: String = "x") { must(value: $value) }',
    {},
    undefined,
    { value: null },
  );
  expect(error).toMatchObject({
    message: expect.stringContaining('"value"'),
    path: ['must'],
    extensions: { code: 'BAD_USER_INPUT' },
  });
  expect(reported).toEqual([]);
});

it('an error that a library throws with a code of its own passes', async () => {
  const { error, reported } = await show('{ text }', {
    text: fail(new GraphQLError('Too much.', { extensions: { code: 'TOO_MUCH' } })),
  });
  expect(error).toMatchObject({
    message: 'Too much.',
    path: ['text'],
    extensions: { code: 'TOO_MUCH' },
  });
  expect(reported).toEqual([]);
});
