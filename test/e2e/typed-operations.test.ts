import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import {
  buildSchema,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isSkipped } from '../support/optional-tools.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const relay = fileURLToPath(new URL('relay/node_modules/relay-compiler/cli.js', import.meta.url));
const schemaFile = join(root, 'schema.graphql');
const schema = buildSchema(await readFile(schemaFile, 'utf8'));

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'operations-'));
});
afterAll(() => rm(folder, { recursive: true }));

const put = async (name: string, content: string | object): Promise<void> => {
  await mkdir(join(folder, name, '..'), { recursive: true });
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  await writeFile(join(folder, name), text);
};

const read = (name: string) => readFile(join(folder, name), 'utf8');

/** Runs a program with Node; shows its output if it fails. */
const run = (...words: string[]): void => {
  const { status, stdout, stderr } = spawnSync(execPath, words, { cwd: folder, encoding: 'utf8' });
  expect({ status, output: status === 0 ? '' : stdout + stderr }).toEqual({
    status: 0,
    output: '',
  });
};

const scalars = { DateTime: 'string', URL: 'string', JSON: 'unknown' };

describe('operations on schema.graphql', () => {
  it.skipIf(isSkipped(existsSync(relay)))(
    'compile with Relay: pages, a refetch by node, and an edge that is added after a create',
    async () => {
      await put('relay.json', {
        src: './relay',
        schema: schemaFile,
        language: 'typescript',
        artifactDirectory: './artifacts',
        customScalarTypes: scalars,
      });
      await mkdir(join(folder, 'artifacts'));
      await put(
        'relay/page.ts',
        `import { graphql } from 'relay-runtime';
      export const query = graphql\`query pageQuery { ...page_tokens }\`;
      export const tokens = graphql\`
        fragment page_tokens on Query
        @refetchable(queryName: "pageAgain")
        @argumentDefinitions(first: { type: "Int", defaultValue: 20 }, after: { type: "String" }) {
          enrollmentTokens(first: $first, after: $after) @connection(key: "page_enrollmentTokens") {
            edges { node { id ...page_token } }
            sources { platform status }
          }
        }
      \`;
      export const token = graphql\`
        fragment page_token on EnrollmentToken @refetchable(queryName: "pageTokenAgain") {
          displayName
          expiresAt
          user { email }
          ... on WindowsEnrollmentToken { enterpriseId }
        }
      \`;
      export const create = graphql\`
        mutation pageCreate($input: CreateWindowsEnrollmentTokenInput!, $connections: [ID!]!) {
          createWindowsEnrollmentToken(input: $input) {
            enrollmentToken
              @prependNode(connections: $connections, edgeTypeName: "EnrollmentTokenEdge") {
              ...page_token
            }
            userErrors { code message }
          }
        }
      \`;`,
      );
      run(relay, 'relay.json');
      expect(await read('artifacts/page_token.graphql.ts')).toMatch(
        /readonly expiresAt: string \| null \| undefined;/,
      );
      expect(await read('artifacts/pageTokenAgain.graphql.ts')).toContain('node(id: $id)');
      expect(await read('artifacts/pageAgain.graphql.ts')).toContain('after: $after');
      expect(await read('artifacts/pageCreate.graphql.ts')).toContain('EnrollmentTokenEdge');
    },
  );
});

describe('the Relay server specification', () => {
  const objectTypes = Object.values(schema.getTypeMap()).filter(isObjectType);
  const connections = objectTypes.filter(({ name }) => name.endsWith('Connection'));
  const fieldType = (type: GraphQLObjectType, name: string): string =>
    String(type.getFields()[name]?.type);

  it('has Node with a non-null id, and each type that can be refetched implements it', () => {
    const node = schema.getType('Node');
    if (!isInterfaceType(node)) throw new TypeError('Node is not an interface.');
    expect(
      Object.values(node.getFields()).map(({ name, type }) => `${name}: ${String(type)}`),
    ).toEqual(['id: ID!']);
    expect(
      schema
        .getPossibleTypes(node)
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual([
      'AppleEnrollmentToken',
      'ApplePolicy',
      'MdmUser',
      'WindowsEnrollmentToken',
      'WindowsPolicy',
    ]);
  });

  it('has node(id: ID!): Node, and nodes in the order of their ids', () => {
    const { node, nodes } = schema.getQueryType()?.getFields() ?? {};
    expect(node?.args.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual(['id: ID!']);
    expect(String(node?.type)).toBe('Node');
    expect(nodes?.args.map(({ name, type }) => `${name}: ${String(type)}`)).toEqual([
      'ids: [ID!]!',
    ]);
    expect(String(nodes?.type)).toBe('[Node]!');
  });

  it('has PageInfo with its four fields', () => {
    const pageInfo = schema.getType('PageInfo');
    if (!isObjectType(pageInfo)) throw new TypeError('PageInfo is not an object type.');
    const fields = Object.values(pageInfo.getFields());
    expect(Object.fromEntries(fields.map(({ name, type }) => [name, String(type)]))).toEqual({
      hasNextPage: 'Boolean!',
      hasPreviousPage: 'Boolean!',
      startCursor: 'String',
      endCursor: 'String',
    });
  });

  it('has connections of edges with a node and a cursor', () => {
    expect(connections.map(({ name }) => name).toSorted()).toEqual([
      'EnrollmentTokenConnection',
      'MdmPolicyConnection',
      'MdmUserConnection',
    ]);
    for (const connection of connections) {
      const edge = connection.name.replace(/Connection$/, 'Edge');
      expect(fieldType(connection, 'pageInfo')).toBe('PageInfo!');
      expect(fieldType(connection, 'edges')).toBe(`[${edge}!]!`);
      const edgeType = schema.getType(edge);
      if (!isObjectType(edgeType)) throw new TypeError(`${edge} is not an object type.`);
      expect(fieldType(edgeType, 'cursor')).toBe('String!');
      expect(fieldType(edgeType, 'node')).toBe(`${edge.replace(/Edge$/, '')}!`);
    }
  });

  it('has forward and backward arguments on each connection', () => {
    const isConnection = (type: GraphQLOutputType): boolean =>
      connections.some(({ name }) => name === getNamedType(type).name);
    const fields = objectTypes.flatMap((type) =>
      Object.values(type.getFields()).filter(({ type: of }) => isConnection(of)),
    );
    expect(fields.length).toBeGreaterThan(3);
    for (const { args } of fields) {
      const types = new Map(args.map(({ name, type }) => [name, String(type)]));
      expect([types.get('first'), types.get('after')]).toEqual(['Int', 'String']);
      expect([types.get('last'), types.get('before')]).toEqual(['Int', 'String']);
    }
  });
});
