/** A request that violates the GraphQL over HTTP specification or a rule of the gateway. */
export interface HttpCase {
  readonly name: string;
  /** The HTTP status, and the code of the error. */
  readonly gives: string;
  readonly request: RequestInit & { readonly path?: string };
}

const json = { 'content-type': 'application/json' };
const csrfHeaders = { 'x-graphql-yoga-csrf': '1' };
const typename = '{"query":"{ __typename }"}';
const large = JSON.stringify({ query: '{ __typename }', variables: { a: 'x'.repeat(300_000) } });

const post = (body: string | Blob, headers: Readonly<Record<string, string>> = json) => ({
  method: 'POST',
  headers,
  body,
});

const postOf = (params: unknown) => post(JSON.stringify(params));

const get = (search: string, headers: Readonly<Record<string, string>> = csrfHeaders) => ({
  path: `/graphql?${search}`,
  headers,
});

export const httpCases: readonly HttpCase[] = [
  { name: 'a body that is not JSON', gives: '400 BAD_REQUEST', request: post('{') },
  { name: 'an empty body', gives: '400 BAD_REQUEST', request: post('') },
  { name: 'a body that is a number', gives: '400 BAD_REQUEST', request: post('7') },
  { name: 'a body that is null', gives: '400 BAD_REQUEST', request: post('null') },
  { name: 'a list of operations', gives: '400 BAD_REQUEST', request: post(`[${typename}]`) },
  { name: 'no query', gives: '400 BAD_REQUEST', request: postOf({}) },
  {
    name: 'a query that is not a string',
    gives: '400 BAD_REQUEST',
    request: postOf({ query: {} }),
  },
  {
    name: 'variables that are a list',
    gives: '400 BAD_REQUEST',
    request: postOf({ query: '{ __typename }', variables: [] }),
  },
  {
    name: 'an unknown parameter',
    gives: '400 BAD_REQUEST',
    request: postOf({ query: '{ __typename }', planted: 1 }),
  },
  {
    name: 'a document that is not GraphQL',
    gives: '400 GRAPHQL_PARSE_FAILED',
    request: postOf({ query: '{' }),
  },
  {
    name: 'an unknown field',
    gives: '400 GRAPHQL_VALIDATION_FAILED',
    request: postOf({ query: '{ planted }' }),
  },
  {
    name: 'an operation that is not in the document',
    gives: '400 OPERATION_RESOLUTION_FAILURE',
    request: postOf({ query: 'query A { __typename }', operationName: 'B' }),
  },
  {
    name: 'a variable of another type',
    gives: '400 BAD_USER_INPUT',
    request: postOf({
      query: 'query($n: Int) { enrollmentTokens(first: $n) { totalCount } }',
      variables: { n: 'planted' },
    }),
  },
  { name: 'a form', gives: '415 BAD_REQUEST', request: post('query={__typename}', {}) },
  {
    name: 'a body with another content type',
    gives: '415 BAD_REQUEST',
    request: post(typename, { 'content-type': 'text/plain' }),
  },
  {
    name: 'a multipart upload',
    gives: '415 BAD_REQUEST',
    request: post(typename, { 'content-type': 'multipart/form-data; boundary=x' }),
  },
  {
    name: 'a body of 300 KB',
    gives: '413 REQUEST_ENTITY_TOO_LARGE',
    request: post(large),
  },
  {
    name: 'a GET without a header that needs a preflight request',
    gives: '403 BAD_REQUEST',
    request: get('query={__typename}', { authorization: '' }),
  },
  {
    name: 'a mutation by GET',
    gives: '405 BAD_REQUEST',
    request: get('query=mutation{__typename}'),
  },
  {
    name: 'a GET whose variables are not JSON',
    gives: '400 BAD_REQUEST',
    request: get('query={__typename}&variables=planted'),
  },
  {
    name: 'a DELETE',
    gives: '405 BAD_REQUEST',
    request: { method: 'DELETE', headers: csrfHeaders },
  },
  {
    name: 'a DELETE of a health route',
    gives: '405 BAD_REQUEST',
    request: { path: '/health/live', method: 'DELETE', headers: csrfHeaders },
  },
  { name: 'a PUT', gives: '405 BAD_REQUEST', request: { method: 'PUT', headers: csrfHeaders } },
  {
    name: 'an unknown path',
    gives: '404 BAD_REQUEST',
    request: { path: '/planted', headers: csrfHeaders },
  },
  {
    name: 'a path above the root',
    gives: '404 BAD_REQUEST',
    request: { path: '/..%2f..%2fetc/passwd', headers: csrfHeaders },
  },
];
