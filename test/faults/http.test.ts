import { afterAll, beforeAll, expect, it } from 'vitest';
import { startWorld, type World } from '../support/gateway/gateway.ts';
import { httpCases } from './cases/http-cases.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 20 }, { NODE_ENV: 'production' });
});
afterAll(() => world.close());

const accept = { accept: 'application/graphql-response+json' };

const codeIn = (text: string): string => {
  try {
    const { errors } = JSON.parse(text) as {
      errors: readonly { readonly extensions: { readonly code: string } }[];
    };
    return errors[0]?.extensions.code ?? 'no code';
  } catch {
    return text;
  }
};

it.each(httpCases)('$name gives $gives', async ({ gives, request }) => {
  world.sandbox.clearRequests();
  const { path = '/graphql', headers, ...rest } = request;
  const authorization = { authorization: `Bearer ${world.sandbox.apiKey}` };
  const response = await fetch(new URL(path, world.url), {
    ...rest,
    headers: { ...accept, ...authorization, ...(headers as Record<string, string>) },
  });
  const text = await response.text();
  expect(`${response.status} ${codeIn(text)}`).toBe(gives);
  expect(text).not.toMatch(/"planted text"|node_modules|\.ts:/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-request-id')).toMatch(/^[\w.-]+$/);
  expect(world.calls()).toEqual([]);

  const after = await world.ask('{ enrollmentTokens(first: 1) { totalCount } }');
  expect(after.errors).toEqual([]);
});
