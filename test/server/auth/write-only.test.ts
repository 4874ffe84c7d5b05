import {
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSchema } from '../../../src/graphql/schema.ts';
import { loadSandboxes, platforms } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { createSandbox } from '../../../src/sandbox/server.ts';
import type { GraphQLAnswer } from '../../support/gateway/gateway.ts';
import { secret, signToken } from './callers.ts';
import { startServiceGateway } from './service-gateway.ts';
import { writeOnlyCases } from './write-only-cases.ts';
import { decisions } from './write-only-fields.ts';

let sandbox: Sandbox;
let gateway: Awaited<ReturnType<typeof startServiceGateway>>;
let writer: string;

beforeAll(async () => {
  sandbox = createSandbox({ platforms: await loadSandboxes(), tokens: 30 });
  const { baseUrl } = await sandbox.listen();
  gateway = await startServiceGateway(sandbox, baseUrl, { JWT_SECRET: secret });
  writer = await signToken({ claims: { scope: 'enrollment:write' } });
});
afterAll(async () => {
  await gateway.stop();
  await sandbox.close();
});
beforeEach(() => sandbox.clearRequests());

/** `OK`, or the message of the refusal. */
const outcomeOf = ({ errors }: GraphQLAnswer): unknown =>
  errors.length === 0
    ? 'OK'
    : errors.map(({ extensions, message }) => `${String(extensions['code'])}: ${message}`).join();

const refusalOf = (field: string): string =>
  `FORBIDDEN: The token lacks the scope enrollment:read. It is needed for the field ${field}.`;

describe('a caller with the scope for writing only', () => {
  it.each(writeOnlyCases)('$name', async ({ document, refused, variables, operationName }) => {
    const answer = await gateway.ask(document, {
      authorization: writer,
      ...(variables && { variables }),
      ...(operationName !== undefined && { operationName }),
    });
    expect(outcomeOf(answer)).toBe(refused === null ? 'OK' : refusalOf(refused));
    expect(sandbox.requests()).toEqual([]);
    if (refused === null) return;
    expect(answer.status).toBe(200);
    expect(answer.data).toBeNull();
    const reader = await signToken();
    const again = await gateway.ask(document, {
      authorization: reader,
      ...(variables && { variables }),
      ...(operationName !== undefined && { operationName }),
    });
    expect(outcomeOf(again)).toBe('OK');
  });

  it('creates a token and gets its id, but no link or code', async () => {
    const reader = await signToken({ claims: { scope: 'enrollment:read' } });
    const { data } = await gateway.ask('{ mdmUsers(first: 1) { nodes { id } } }', {
      authorization: reader,
    });
    const create = (selected: string) =>
      `mutation { createAppleEnrollmentToken(input: { userId: "${data.mdmUsers.nodes[0].id}", sendEmail: false }) { enrollmentToken { ${selected} } userErrors { code } } }`;
    sandbox.clearRequests();
    const refused = await gateway.ask(create('id enrollmentLink'), { authorization: writer });
    expect(outcomeOf(refused)).toBe(refusalOf('AppleEnrollmentToken.enrollmentLink'));
    expect(sandbox.requests()).toEqual([]);
    const created = await gateway.ask(create('id'), { authorization: writer });
    expect(outcomeOf(created)).toBe('OK');
    const { enrollmentToken } = created.data.createAppleEnrollmentToken;
    const read = await gateway.ask(`{ node(id: "${enrollmentToken.id}") { id } }`, {
      authorization: reader,
    });
    expect(read.data.node).toEqual({ id: enrollmentToken.id });
  });
});

interface Selection {
  /** As `Type.field`. */
  readonly coordinate: string;
  readonly document: string;
}

const inputs: readonly (readonly [name: RegExp, input: string])[] = [
  [/^bulkCreate/, '{ userEmails: ["x"], sendEmail: false }'],
  [/^create/, '{ userId: "x", sendEmail: false }'],
  [/^(update|revoke)/, '{ id: "x" }'],
];

/** Every field that a mutation can reach through fields that the caller may select. */
const selectionsOf = (schema: GraphQLSchema, mutation: string): Selection[] => {
  const [, input] = inputs.find(([name]) => name.test(mutation)) ?? [];
  if (input === undefined) throw new Error(`Say here with which input ${mutation} is called.`);
  const found: Selection[] = [];
  const visit = (
    typeName: string,
    wrap: (selected: string) => string,
    via: readonly string[],
  ): void => {
    const type = schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    for (const field of Object.values(type.getFields())) {
      const { name }: GraphQLField<unknown, unknown> = field;
      const coordinate = `${typeName}.${name}`;
      const below = getNamedType(field.type);
      const selected = isLeafType(below) ? name : `${name} { __typename }`;
      found.push({ coordinate, document: wrap(selected) });
      if (isLeafType(below) || via.includes(coordinate)) continue;
      if (decisions[typeName]?.open.includes(name)) {
        visit(below.name, (inner) => wrap(`${name} { ${inner} }`), [...via, coordinate]);
      }
    }
    if (!isAbstractType(type)) return;
    for (const { name } of schema.getPossibleTypes(type)) {
      visit(name, (inner) => wrap(`... on ${name} { ${inner} }`), via);
    }
  };
  const answer = schema.getMutationType()?.getFields()[mutation];
  if (answer) {
    visit(
      getNamedType(answer.type).name,
      (selected) => `mutation { ${mutation}(input: ${input}) { ${selected} } }`,
      [],
    );
  }
  return found;
};

describe('every field that a mutation can reach', () => {
  const schema = createSchema(platforms);
  const mutations = Object.keys(schema.getMutationType()?.getFields() ?? {});

  it.each(mutations)('is listed as open or closed, below %s', async (mutation) => {
    const selections = selectionsOf(schema, mutation);
    expect(selections.length).toBeGreaterThan(20);
    const outcomes: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const { coordinate, document } of selections) {
      const [type = '', field = ''] = coordinate.split('.');
      const { open = [], read = [] } = decisions[type] ?? {};
      if (open.includes(field)) expected[document] = 'OK';
      else expected[document] = read.includes(field) ? refusalOf(coordinate) : 'undecided';
      outcomes[document] = outcomeOf(await gateway.ask(document, { authorization: writer }));
    }
    expect(outcomes).toEqual(expected);
    expect(sandbox.requests()).toEqual([]);
  });
});
