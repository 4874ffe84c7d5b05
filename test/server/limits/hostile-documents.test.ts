import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { postJson } from '../../support/http/post-json.ts';
import { bodyOf, hostileDocuments } from './hostile-documents.ts';

let world: World;

beforeAll(async () => {
  world = await startWorld({ tokens: 30 });
});

afterAll(() => world.close());

beforeEach(() => world.sandbox.clearRequests());

const post = async (body: string) => {
  const response = await postJson(world.url, body, {
    accept: 'application/graphql-response+json',
    authorization: `Bearer ${world.sandbox.apiKey}`,
  });
  return { status: response.status, text: await response.text() };
};

describe('hostile documents', () => {
  it.each(hostileDocuments)('$name cost no upstream call and give $gives', async (hostile) => {
    const { status, text } = await post(bodyOf(hostile));
    const { errors = [], data } = JSON.parse(text) as {
      readonly errors?: readonly {
        readonly message: string;
        readonly extensions: { readonly code: string };
      }[];
      readonly data?: unknown;
    };
    expect(world.calls()).toEqual([]);
    const [code = 'OK'] = errors.map(({ extensions }) => extensions.code);
    expect(`${status} ${code}`).toBe(hostile.gives);
    expect(text.length).toBeLessThan(10_000);
    // Long names are cut in the message.
    expect(text).not.toMatch(/\w{101}/);
    expect(errors.map(({ message }) => message).join('\n')).toMatch(hostile.says);
    expect(errors.length === 0 || data == null).toBe(true);

    const after = await world.ask('{ enrollmentTokens(first: 1) { totalCount } }');
    expect(after.errors).toEqual([]);
  });

  it('do not include the standard introspection query', async () => {
    const answer = await world.ask(
      getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }),
    );
    expect(answer.errors).toEqual([]);
    expect(answer.data.__schema.queryType.name).toBe('Query');
  });
});
