import { readFile } from 'node:fs/promises';
import { buildSubgraphSchema } from '@apollo/subgraph';
import {
  buildASTSchema,
  type DirectiveNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  lexicographicSortSchema,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  printSchema,
  valueFromASTUntyped,
  visit,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSchema } from '../../../src/graphql/schema.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import { startWorld, type World } from '../../support/gateway/gateway.ts';

const read = (name: string) => readFile(new URL(`../../../${name}`, import.meta.url), 'utf8');
const schemaFile = await read('schema.graphql');
const subgraphFile = await read('subgraph.graphql');

let world: World;
let sdl: string;

beforeAll(async () => {
  world = await startWorld({ tokens: 0, users: 1, policies: 2, oddities: false });
  const { data } = await world.ask('{ _service { sdl } }', { authorization: null });
  sdl = data._service.sdl;
});
afterAll(() => world.close());

type TypeDefinition = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

const typesOf = (): TypeDefinition[] =>
  parse(sdl).definitions.filter(
    (definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
      definition.kind === Kind.INTERFACE_TYPE_DEFINITION,
  );

const argumentsOf = ({ arguments: given = [] }: DirectiveNode): Record<string, unknown> =>
  Object.fromEntries(given.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));

/** The arguments of each use of a directive, by the name of its type. */
const usesOf = (directive: string): Record<string, unknown[]> =>
  Object.fromEntries(
    typesOf().flatMap(({ name, directives = [] }) => {
      const uses = directives.filter((used) => used.name.value === directive).map(argumentsOf);
      return uses.length === 0 ? [] : [[name.value, uses]];
    }),
  );

describe('_service', () => {
  it('answers subgraph.graphql to anybody, without a call to the API', () => {
    expect(sdl).toBe(subgraphFile);
    expect(world.calls()).toEqual([]);
  });

  it('answers a schema that a subgraph library takes as it is', () => {
    const schema = buildSubgraphSchema(parse(sdl));
    expect(schema.getQueryType()?.getFields()).toHaveProperty('enrollmentTokens');
  });

  it('leaves out what the router adds itself, and what no two subgraphs can have', () => {
    expect(sdl).not.toMatch(/\b(_entities|_service|_Any|_Entity|_Service)\b/);
    const query = typesOf().find(({ name }) => name.value === 'Query');
    const names = query?.fields?.map(({ name }) => name.value);
    expect(names).toContain('enrollmentToken');
    expect(names).not.toContain('node');
    expect(names).not.toContain('nodes');
  });

  const comparable = (text: string) => {
    const schema = buildASTSchema(parse(text), { assumeValidSDL: true });
    return printSchema(lexicographicSortSchema(schema));
  };
  const withoutLink = () => sdl.replace(/^extend schema\s+@link\([^)]*\)/, '');
  const withoutNodes = (text: string) =>
    comparable(text)
      .replace(/\n\n {2}"""[^"]+"""\n {2}nodes?\([^)]*\): [^\n]+/g, '')
      .replace(/ @specifiedBy\([^)]*\)/g, '');

  it('says the same as schema.graphql, but for node and nodes', () => {
    expect(comparable(withoutLink())).toBe(withoutNodes(schemaFile));
  });

  it('says the same as the schema that is executed, but for the fields of routers, node and nodes', () => {
    const executed = visit(parse(printSchema(createSchema(platforms))), {
      enter: (node) => {
        const isOfRouter =
          'name' in node && /^_(Any|Entity|Service|entities|service)$/.test(node.name?.value ?? '');
        return isOfRouter ? null : undefined;
      },
    });
    expect(comparable(withoutLink())).toBe(withoutNodes(print(executed)));
  });
});

describe('the directives of federation', () => {
  it('are imported from version 2, those that are used and no others', () => {
    const [extension] = parse(sdl).definitions.filter(({ kind }) => kind === Kind.SCHEMA_EXTENSION);
    const links = extension && 'directives' in extension ? (extension.directives ?? []) : [];
    expect(links.map((link) => (link.name.value === 'link' ? argumentsOf(link) : null))).toEqual([
      {
        url: expect.stringMatching(/^https:\/\/specs\.apollo\.dev\/federation\/v2\.\d+$/),
        import: ['@key', '@shareable'],
      },
    ]);
    const used = new Set(
      [...sdl.replaceAll(/"""[^"]*"""/g, '').matchAll(/^\s+@(\w+)/gm)].map(([, name]) => name),
    );
    expect(used).toEqual(new Set(['link', 'key', 'shareable']));
  });

  it('make entities of tokens, policies and users, of their interfaces, and of devices by a stub', () => {
    const byId = [{ fields: 'id' }];
    expect(usesOf('key')).toEqual({
      EnrollmentToken: byId,
      AppleEnrollmentToken: byId,
      WindowsEnrollmentToken: byId,
      MdmPolicy: byId,
      ApplePolicy: byId,
      WindowsPolicy: byId,
      MdmUser: [{ fields: 'id' }, { fields: 'organizationId email' }],
      MdmDevice: [{ fields: 'organizationId platform sourceId', resolvable: false }],
    });
  });

  it('share PageInfo, which every subgraph with connections has', () => {
    expect(usesOf('shareable')).toEqual({ PageInfo: [{}] });
  });

  it('give every type behind an interface the keys of the interface', () => {
    const keys = usesOf('key');
    for (const { kind, name, interfaces = [] } of typesOf()) {
      if (kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
      for (const implemented of interfaces) {
        const promised = keys[implemented.name.value] ?? [];
        expect(keys[name.value] ?? []).toEqual(expect.arrayContaining(promised));
      }
    }
  });
});

describe('what a router asks with', () => {
  it('is in the schema, with the entities that this subgraph resolves', async () => {
    const { data } = await world.ask(`{
      query: __type(name: "Query") { fields { name type { ...nested } args { name type { ...nested } } } }
      entity: __type(name: "_Entity") { possibleTypes { name } }
      any: __type(name: "_Any") { kind }
    }
    fragment nested on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`);
    const printed = (type: { kind: string; name: string; ofType: never }): string => {
      if (type.kind === 'NON_NULL') return `${printed(type.ofType)}!`;
      return type.kind === 'LIST' ? `[${printed(type.ofType)}]` : type.name;
    };
    const field = (name: string) =>
      data.query.fields.find((candidate: { name: string }) => candidate.name === name);
    expect(printed(field('_service').type)).toBe('_Service!');
    expect(printed(field('_entities').type)).toBe('[_Entity]!');
    const [{ name, type }] = field('_entities').args;
    expect(`${name}: ${printed(type)}`).toBe('representations: [_Any!]!');
    expect(data.any).toEqual({ kind: 'SCALAR' });
    expect(data.entity.possibleTypes.map((type: { name: string }) => type.name).toSorted()).toEqual(
      ['AppleEnrollmentToken', 'ApplePolicy', 'MdmUser', 'WindowsEnrollmentToken', 'WindowsPolicy'],
    );
  });

  it('gives a device as a stub: its key, and nothing to look up', async () => {
    const device = { winDeviceId: '68da97393f8434433bde4419', state: 'DONE' };
    const token = world.sandbox.addToken('windows', device);
    const { data } = await world.ask(`{
      enrollmentTokens(first: 1) { nodes { sourceId device { __typename organizationId platform sourceId } } }
    }`);
    expect(data.enrollmentTokens.nodes).toEqual([
      {
        sourceId: token.id,
        device: {
          __typename: 'MdmDevice',
          organizationId: world.sandbox.organizationId,
          platform: 'WINDOWS',
          sourceId: '68da97393f8434433bde4419',
        },
      },
    ]);
  });
});
