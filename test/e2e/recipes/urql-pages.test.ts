import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from '../../support/gateway/gateway.ts';
import { hasClients, loadClientPackage } from '../../support/http/client-page.ts';
import { schemaFile } from '../../support/http/recipes.ts';
import { isSkipped } from '../../support/optional-tools.ts';

const query = `query ($first: Int!, $after: String, $filter: EnrollmentTokenFilter) {
  enrollmentTokens(first: $first, after: $after, filter: $filter) {
    edges { node { id displayName } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** Why docs/clients.md does not use Graphcache's own pagination as it comes. */
describe.skipIf(isSkipped(hasClients))('relayPagination of Graphcache, as it comes', () => {
  let world: World;
  let readPage: (variables: object) => Promise<any>;

  beforeAll(async () => {
    const { Client, fetchExchange } = loadClientPackage('@urql/core');
    const { cacheExchange } = loadClientPackage('@urql/exchange-graphcache');
    const { relayPagination } = loadClientPackage('@urql/exchange-graphcache/extras');
    const { buildSchema, introspectionFromSchema } = loadClientPackage('graphql');
    const schema = introspectionFromSchema(buildSchema(readFileSync(schemaFile, 'utf8')));
    world = await startWorld({ tokens: 120 }, { MAX_SCAN_ITEMS: '20' });
    const createdAt = new Date(Date.UTC(2020, 0)).toISOString();
    world.sandbox.addToken('windows', { displayName: 'Needle', createdAt });
    const client = new Client({
      url: world.url,
      fetchOptions: { headers: { authorization: `Bearer ${world.sandbox.apiKey}` } },
      exchanges: [
        cacheExchange({
          schema,
          resolvers: { Query: { enrollmentTokens: relayPagination() } },
        }),
        fetchExchange,
      ],
    });
    readPage = async (variables) =>
      (await client.query(query, variables).toPromise()).data.enrollmentTokens;
  });
  afterAll(() => world?.close());

  const namesOf = ({ edges }: any): string[] => edges.map(({ node }: any) => node.displayName);

  it('stands still at an empty page', async () => {
    const filter = { search: 'needle' };
    const { pageInfo: first } = await readPage({ first: 5, filter });
    const { pageInfo: second } = await readPage({ first: 5, filter, after: first.endCursor });
    expect(second).toEqual(first);
    expect(second.hasNextPage).toBe(true);
  });

  it('joins further pages of other sizes, but not a first page of another size', async () => {
    const { pageInfo } = await readPage({ first: 2 });
    const five = await readPage({ first: 3, after: pageInfo.endCursor });
    const { data } = await world.ask(query, { variables: { first: 5 } });
    expect(namesOf(five)).toEqual(namesOf(data.enrollmentTokens));
    world.sandbox.addToken('windows', { displayName: 'New' });
    expect(namesOf(await readPage({ first: 4 }))).toEqual([...namesOf(five), 'New']);
  });
});
