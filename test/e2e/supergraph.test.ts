import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apolloGateway } from '../../examples/supergraph/routers.ts';
import type { Subgraph } from '../../examples/supergraph/subgraph.ts';
import { createAsk, type Gateway, type World } from '../support/gateway/gateway.ts';
import type { RecordedExchange } from '../support/http/recording-proxy.ts';
import { takeOperations, tokenLists } from '../support/upstream/upstream-calls.ts';
import { type CompanySupergraph, routers, startCompanySupergraph } from './company-supergraph.ts';

/** A subgraph that refers to tokens by their ids: each ticket of a help desk is about a token. */
const createTickets = (ids: () => readonly string[]): Subgraph => ({
  name: 'tickets',
  sdl: `
    extend schema
      @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@interfaceObject"])

    type Query {
      tickets: [Ticket!]!
    }

    type Ticket {
      token: EnrollmentToken
    }

    type EnrollmentToken @key(fields: "id") @interfaceObject {
      id: ID!
    }
  `,
  resolvers: {
    Query: { tickets: () => ids().map((id) => ({ token: { id } })) },
    EnrollmentToken: { __resolveReference: (key: { id: string }) => key },
  },
});

let supergraph: CompanySupergraph;
let world: World;
let ticketTokens: readonly string[] = [];

beforeAll(async () => {
  supergraph = await startCompanySupergraph([createTickets(() => ticketTokens)]);
  ({ world } = supergraph);
}, 150_000);
afterAll(() => supergraph?.close());

const employeeWithTokens = `query ($id: ID!) {
  employee(id: $id) {
    name
    jobTitle
    mdmUser {
      name
      enrollmentTokens(first: 20, filter: { states: [DONE] }) {
        nodes {
          __typename
          id
          displayName
          helpUrl
          user { email employee { id } }
          device { platform sourceId model serialNumber lastSeenAt }
        }
        sources { platform status }
      }
    }
  }
}`;

/** Selects only fields of this subgraph, so that it runs with and without a router. */
const page = `query ($after: String) {
  enrollmentTokens(first: 15, after: $after, orderBy: { field: EXPIRES_AT, direction: ASC }) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges {
      cursor
      node {
        __typename
        id
        displayName
        tags
        state
        expiresAt
        enrollmentLink
        config
        user { id email name language }
        policyAssignments { priority policySourceId policy { __typename id name version } }
        device { organizationId platform sourceId }
        ... on AppleEnrollmentToken { profiles { name } configuration { skipPersonalInfo } }
        ... on WindowsEnrollmentToken { enterpriseId }
      }
    }
    sources { platform status totalCount error { __typename code message } }
  }
  mdmPolicies(first: 5) { nodes { __typename id name ... on WindowsPolicy { config } } }
}`;

describe.each(routers)('$name', ({ name, skipped }) => {
  const inRouter = it.skipIf(skipped);
  const ask: Gateway['ask'] = (query, options) => {
    const url = supergraph.running.get(name)?.url ?? '';
    return createAsk(url, `Bearer ${world.sandbox.apiKey}`)(query, options);
  };
  beforeEach(() => {
    world.sandbox.clearRequests();
    for (const { clear } of supergraph.proxies.values()) clear();
  });
  const exchangesWith = (subgraph: string): readonly RecordedExchange[] =>
    supergraph.proxies.get(subgraph)?.exchanges() ?? [];

  inRouter(
    "resolves an employee's user, its tokens of both platforms, and the devices of the other team",
    async () => {
      const { data, errors } = await ask(employeeWithTokens, { variables: { id: '1001' } });
      expect(errors).toEqual([]);
      const { employee } = data;
      expect(employee).toMatchObject({ name: 'Esther Lopes', mdmUser: { name: 'Esther Lopes' } });
      const { nodes, sources } = employee.mdmUser.enrollmentTokens;
      expect(sources).toEqual([
        { platform: 'APPLE', status: 'OK' },
        { platform: 'WINDOWS', status: 'OK' },
      ]);
      expect(new Set(nodes.map((node: { __typename: string }) => node.__typename))).toEqual(
        new Set(['AppleEnrollmentToken', 'WindowsEnrollmentToken']),
      );
      for (const { id, helpUrl, user, device } of nodes) {
        expect(helpUrl).toBe(`https://help.example.com/enrollment/${id}`);
        expect(user).toEqual({ email: 'esther.lopes@example.com', employee: { id: '1001' } });
        expect(device.serialNumber).toMatch(/^[0-9A-F]{10}$/);
        expect(Date.parse(device.lastSeenAt)).not.toBeNaN();
      }
    },
  );

  inRouter('reads the users of fifty employees in one page of the list', async () => {
    const { data, errors } = await ask(
      '{ employees(first: 50) { workEmail mdmUser { email tags } } }',
    );
    expect(errors).toEqual([]);
    expect(data.employees).toHaveLength(50);
    for (const { workEmail, mdmUser } of data.employees) expect(mdmUser.email).toBe(workEmail);
    expect(world.sandbox.requests().map(({ operation }) => operation)).toEqual([
      'mdm.global.mdmUser.list',
    ]);
  });

  inRouter('reads a hundred tokens by id of both platforms in one page of each list', async () => {
    const pages = await world.ask('{ enrollmentTokens(first: 60) { nodes { id displayName } } }');
    const tokens: readonly { readonly id: string }[] = pages.data.enrollmentTokens.nodes;
    const repeated = [...tokens, ...tokens.slice(0, 40)];
    ticketTokens = repeated.map(({ id }) => id);
    world.sandbox.clearRequests();
    for (let round = 0; round < 2; round += 1) {
      const { data, errors } = await ask('{ tickets { token { id displayName } } }');
      expect(errors).toEqual([]);
      expect(data.tickets).toEqual(repeated.map((token) => ({ token })));
      expect(takeOperations(world.sandbox)).toEqual(tokenLists);
    }
  });

  inRouter(
    'refuses tokens of fifty employees before any call, because they need too many calls',
    async () => {
      const query = `query ($first: Int!) {
      employees(first: $first) { mdmUser { id enrollmentTokens(first: 3) { totalCount } } }
    }`;
      const { errors } = await ask(query, { variables: { first: 50 } });
      expect(errors[0]).toMatchObject({ extensions: { code: 'COST_LIMIT_EXCEEDED' } });
      expect(world.calls()).toEqual([]);
      const fewer = await ask(query, { variables: { first: 10 } });
      expect(fewer.errors).toEqual([]);
      expect(world.calls()).toHaveLength(2 * 10 + 1);
    },
  );

  inRouter('returns an employee without a managed user, without an error', async () => {
    const { data, errors } = await ask('{ employee(id: "1051") { name mdmUser { id name } } }');
    expect(errors).toEqual([]);
    expect(data.employee).toEqual({ name: 'Nobody Enrolled', mdmUser: null });
  });

  inRouter('returns the same data as the gateway, on each page', async () => {
    let after: string | null = null;
    for (let round = 0; round < 2; round += 1) {
      const options = { variables: { after } };
      const direct = await world.ask(page, options);
      const routed = await ask(page, options);
      expect(direct.errors).toEqual([]);
      expect(routed.errors).toEqual([]);
      expect(routed.data).toEqual(direct.data);
      after = direct.data.enrollmentTokens.pageInfo.endCursor;
    }
  });

  inRouter('resolves a field that another team adds to the tokens of all platforms', async () => {
    const { data } = await ask('{ enrollmentTokens(first: 3) { nodes { id helpUrl } } }');
    const { nodes } = data.enrollmentTokens;
    expect(nodes).toHaveLength(3);
    for (const { id, helpUrl } of nodes) expect(helpUrl).toMatch(new RegExp(`/${id}$`));
  });

  inRouter('answers the operations of the guide and the example', async () => {
    const pages = await Promise.all(
      ['../../docs/supergraph.md', '../../examples/supergraph/README.md'].map((page) =>
        readFile(new URL(page, import.meta.url), 'utf8'),
      ),
    );
    const operations = [...pages.join('\n').matchAll(/```graphql\n((?:query|\{).+?)```/gs)];
    expect(operations).toHaveLength(2);
    for (const [, operation = ''] of operations) {
      const { data, errors } = await ask(operation);
      expect(errors).toEqual([]);
      expect(JSON.stringify(data)).toContain('"model":');
    }
  });

  inRouter('runs mutations', async () => {
    const found = await ask('{ mdmUser(email: "chen.park@example.com") { id } }');
    const { data, errors } = await ask(
      `mutation ($input: CreateWindowsEnrollmentTokenInput!) {
        createWindowsEnrollmentToken(input: $input) {
          enrollmentToken { displayName helpUrl user { employee { name } } }
          userErrors { code message path }
        }
      }`,
      {
        variables: {
          input: { userId: found.data.mdmUser.id, sendEmail: false, displayName: `By ${name}` },
        },
      },
    );
    expect(errors).toEqual([]);
    expect(data.createWindowsEnrollmentToken).toMatchObject({
      enrollmentToken: { displayName: `By ${name}`, user: { employee: { name: 'Chen Park' } } },
      userErrors: [],
    });
  });

  inRouter(
    "forwards the caller's credential, so that the permissions of each key apply",
    async () => {
      const key = world.sandbox.addKey({ permissions: ['mdm.windows.*', 'mdm.global.*'] });
      const query = '{ enrollmentTokens(first: 1) { sources { platform status } } }';
      const sourcesOf = async (authorization?: string) => {
        const { data } = await ask(query, authorization === undefined ? {} : { authorization });
        return data.enrollmentTokens.sources;
      };
      expect(await sourcesOf(`Bearer ${key}`)).toEqual([
        { platform: 'APPLE', status: 'FORBIDDEN' },
        { platform: 'WINDOWS', status: 'OK' },
      ]);
      expect(await sourcesOf()).toEqual([
        { platform: 'APPLE', status: 'OK' },
        { platform: 'WINDOWS', status: 'OK' },
      ]);
      expect(world.sandbox.requests().every(({ authorized }) => authorized)).toBe(true);
    },
  );

  inRouter('forwards the credential with references to entities', async () => {
    const key = world.sandbox.addKey({ permissions: ['mdm.windows.*'] });
    const query = '{ employee(id: "1001") { name mdmUser { id name } } }';
    const { data, errors } = await ask(query, { authorization: `Bearer ${key}` });
    expect(data.employee).toEqual({ name: 'Esther Lopes', mdmUser: null });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  inRouter('sends the credential to this subgraph only', async () => {
    const query = `{ employees(first: 2) { name mdmUser {
      enrollmentTokens(first: 2, filter: { states: [DONE] }) {
        nodes { helpUrl user { employee { name } } device { model } }
      }
    } } }`;
    const { errors } = await ask(query, {
      headers: { cookie: 'session=planted', 'x-api-key': 'planted' },
    });
    expect(errors).toEqual([]);
    const keysIn = (subgraph: string) =>
      exchangesWith(subgraph).map(({ request }) => request.authorization);
    expect(new Set(keysIn('enrollment'))).toEqual(new Set([`Bearer ${world.sandbox.apiKey}`]));
    for (const subgraph of supergraph.others) {
      expect(keysIn(subgraph).length).toBeGreaterThan(0);
      const sent = JSON.stringify(exchangesWith(subgraph).map(({ request }) => request));
      expect(sent).not.toContain(world.sandbox.apiKey);
      expect(sent).not.toContain('planted');
    }
  });

  // Not a skipped test: CI allows none.
  if (name === apolloGateway.name)
    it.skipIf(skipped)('sends a document once, and then its hash', async () => {
      const query = '{ enrollmentTokens(first: 2) { nodes { id displayName tags } } }';
      for (const requests of [2, 1]) {
        supergraph.proxies.get('enrollment')?.clear();
        const { data, errors } = await ask(query);
        expect(errors).toEqual([]);
        expect(data.enrollmentTokens.nodes).toHaveLength(2);
        expect(exchangesWith('enrollment')).toHaveLength(requests);
      }
    });

  inRouter('reads answers that this subgraph compresses', async () => {
    const { data, errors } = await ask(page, { variables: { after: null } });
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.edges).toHaveLength(15);
    const encodings = exchangesWith('enrollment').map(
      ({ response }) => response['content-encoding'],
    );
    expect(encodings).toEqual([name === apolloGateway.name ? 'gzip' : 'br']);
  });

  inRouter('passes on the error for a missing or refused credential', async () => {
    const query = '{ enrollmentTokens(first: 1) { totalCount } }';
    for (const authorization of [null, 'Bearer nobody-knows-this-key']) {
      const { errors } = await ask(query, { authorization });
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
  });

  inRouter('does not have node and nodes, which only direct clients use', async () => {
    const { data } = await ask('{ __schema { queryType { fields { name } } } }');
    const names = data.__schema.queryType.fields.map((field: { name: string }) => field.name);
    expect(names).toContain('enrollmentTokens');
    expect(names).not.toContain('node');
    expect(names).not.toContain('_entities');
  });
});
