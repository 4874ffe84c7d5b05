import { buildSchema, execute, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { expect, it } from 'vitest';
import { NotFoundError, UnauthenticatedError } from '../../../src/domain/errors.ts';
import type { GatewayContext } from '../../../src/graphql/context.ts';
import { createFailureLimit } from '../../../src/graphql/failure-limit.ts';
import { useErrorHandling } from '../../../src/server/errors/error-handling.ts';

const secret = 'https://enroll.example/secret-link';

interface ShownError {
  readonly message: string;
  readonly path?: readonly string[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

interface Shown {
  readonly status: number;
  readonly data: unknown;
  readonly error: ShownError;
  readonly errors: readonly ShownError[];
  readonly reported: readonly unknown[];
}

const schema = buildSchema(`
  interface Thing { id: ID! }
  type Known implements Thing { id: ID! }
  type Query { text: String texts: [String] number: Int thing: Thing must(value: String!): String }
`);

/** The error that a caller gets if a resolver, or the creation of the context, throws. */
const show = async (
  query: string,
  rootValue: Record<string, unknown>,
  context: () => Partial<GatewayContext> = () => ({
    requestId: 'one',
    failures: createFailureLimit(),
  }),
  variables: Record<string, unknown> = {},
  accept = 'application/json',
): Promise<Shown> => {
  const reported: unknown[] = [];
  const useRootValue: Plugin = {
    onExecute: ({ args, setExecuteFn }) => {
      Object.assign(args, { rootValue });
      // The default executor itself sets the status for a variable of another type.
      setExecuteFn(execute);
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
    headers: { 'content-type': 'application/json', accept },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  return { status: response.status, data, error: errors[0], errors, reported };
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

it('an error around the execution that is meant for the caller is kept, with a code', async () => {
  const { error, reported } = await show('{ text }', {}, () => {
    throw new GraphQLError('Ask for less.');
  });
  expect(error).toMatchObject({ message: 'Ask for less.', extensions: { code: 'BAD_REQUEST' } });
  expect(reported).toEqual([]);
});

it('an argument that the caller left null is the caller’s fault', async () => {
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

it('an error that a library throws with a code is kept', async () => {
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

it('an error of the document gets a code', async () => {
  const { error } = await show('{ nothing }', {});
  expect(error.extensions).toEqual({
    code: 'GRAPHQL_VALIDATION_FAILED',
    requestId: expect.any(String),
  });
});

it.each([
  ['application/json', 200],
  ['application/graphql-response+json', 400],
])('a variable of another type ends before anything ran: %s, HTTP %i', async (accept, expected) => {
  const query = 'query ($value: String!) { must(value: $value) }';
  const { status, data, error } = await show(query, {}, undefined, { value: 7 }, accept);
  expect(status).toBe(expected);
  expect(data).toBeUndefined();
  expect(error.extensions['code']).toBe('BAD_USER_INPUT');
});

it('a refused argument is not a bad request if other fields are answered', async () => {
  const { status, data } = await show(
    'query ($value: String = "x") { text must(value: $value) }',
    { text: 'answered' },
    undefined,
    { value: null },
    'application/graphql-response+json',
  );
  expect(status).toBe(200);
  expect(data).toEqual({ text: 'answered', must: null });
});

it.each([
  ['by the API', new UnauthenticatedError('Send a key.')],
  ['by a library', new GraphQLError('Send a key.', { extensions: { code: 'UNAUTHENTICATED' } })],
])('a credential that is refused %s fails all of the answer', async (_by, refusal) => {
  const { data, errors } = await show('{ number text thing { id } }', {
    number: 7,
    text: fail(refusal),
    thing: fail(new NotFoundError('There is none.')),
  });
  expect(data).toBeNull();
  expect(errors).toMatchObject([
    { message: 'Send a key.', path: ['text'], extensions: { code: 'UNAUTHENTICATED' } },
  ]);
});

/** An operation with `count` failed fields. If there are more than a hundred, the 99th, which is the last one shown, has the code X. */
const showMany = (count: number, omitted = 0) =>
  show(
    '{ texts }',
    {
      texts: Array.from({ length: count }, (_, index) =>
        index === 98
          ? new GraphQLError('x', { extensions: { code: 'X' } })
          : new NotFoundError('y'),
      ),
    },
    () => ({
      requestId: 'one',
      failures: { ...createFailureLimit(), omitted: () => omitted },
    }),
  );

it('up to a hundred errors are all shown', async () => {
  const { data, errors } = await showMany(100);
  expect(data).toEqual({ texts: Array.from({ length: 100 }, () => null) });
  expect(errors).toHaveLength(100);
  expect(errors.filter(({ extensions }) => 'omittedErrors' in extensions)).toEqual([]);
});

it('of more than a hundred errors, the last one counts the rest', async () => {
  const { errors } = await showMany(101);
  expect(errors).toHaveLength(100);
  expect(errors.map(({ path }) => path?.[1])).toEqual([...Array(99).keys(), undefined]);
  expect(errors.at(-1)).toMatchObject({
    message: expect.stringContaining('2 more errors'),
    extensions: { code: 'X', omittedErrors: 2, requestId: expect.any(String) },
  });
});

it('failures without an error are counted as well', async () => {
  expect((await showMany(3, 7)).errors).toMatchObject([
    {},
    {},
    {},
    { extensions: { code: 'NOT_FOUND', omittedErrors: 7 } },
  ]);
  expect((await showMany(120, 7)).errors.at(-1)?.extensions['omittedErrors']).toBe(28);
});

it('bugs among the errors that are not shown are reported', async () => {
  const bugs = [new TypeError('first'), new GraphQLError('second')];
  const expected = Array.from({ length: 150 }, () => new NotFoundError('There is none.'));
  const { errors, reported } = await show('{ texts }', { texts: [...expected, ...bugs] });
  expect(errors).toHaveLength(100);
  expect(reported).toMatchObject([{ message: 'first' }, { message: 'second' }]);
  expect(reported[0]).toBe(bugs[0]);
});
