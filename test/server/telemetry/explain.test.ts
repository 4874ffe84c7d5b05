import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { postJson } from '../../support/http/post-json.ts';

const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
const [, firstQuery = ''] = /```graphql\n(.*?)```/s.exec(readme) ?? [];
const explained = { headers: { 'x-explain': '1' } };

interface Explained {
  readonly extensions?: { readonly upstream?: unknown };
}

let world: World;

const extensionsOf = async (
  url: string,
  query: string,
  headers: Readonly<Record<string, string>>,
): Promise<Explained['extensions']> => {
  const authorization = `Bearer ${world.sandbox.apiKey}`;
  const response = await postJson(url, { query }, { authorization, ...headers });
  const { extensions }: Explained = JSON.parse(await response.text());
  return extensions;
};

beforeAll(async () => {
  world = await startWorld({ tokens: 5_000 });
});
afterAll(() => world.close());

describe('X-Explain', () => {
  it("lists the two calls of the README's first query, and what was saved", async () => {
    const extensions = await extensionsOf(world.url, firstQuery, explained.headers);
    const call = (platform: string) => ({
      method: 'GET',
      path: expect.stringMatching(
        `^/organizations/{organizationId}/mdm/${platform}/enterprise/enrollment-tokens\\?page=1&limit=\\d+&sort=createdAt%3Adesc$`,
      ),
      status: 200,
      ms: expect.any(Number),
      cause: 'page',
    });
    expect(extensions).toEqual({
      upstream: {
        calls: expect.arrayContaining([call('apple'), call('windows')]),
        saved: { embedded: 4, loader: 0, plan: 0, cache: 0, inFlight: 0 },
      },
    });
  });

  it('is not answered without the header', async () => {
    expect(await extensionsOf(world.url, firstQuery, {})).toBeUndefined();
  });

  it('is not answered in production', async () => {
    const production = await startWorld({ tokens: 5 }, { NODE_ENV: 'production' });
    const extensions = await extensionsOf(production.url, '{ __typename }', explained.headers);
    await production.close();
    expect(extensions).toBeUndefined();
  });
});
