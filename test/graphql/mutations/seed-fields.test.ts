import { readFileSync } from 'node:fs';
import { isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createSchema } from '../../../src/graphql/schema.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import { fieldsOfSchema } from './seed-fields.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

interface Shape {
  readonly $ref?: string | undefined;
  readonly properties?: Readonly<Record<string, Shape>> | undefined;
  readonly items?: Shape | undefined;
}

const shape: z.ZodType<Shape> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    properties: z.record(z.string(), shape).optional(),
    items: shape.optional(),
  }),
);

const parameterList = z.array(
  z.object({ $ref: z.string().optional(), name: z.string().optional() }),
);
const documents = z.object({
  paths: z.record(
    z.string(),
    z.looseObject({
      get: z.object({ operationId: z.string(), parameters: parameterList.optional() }).optional(),
    }),
  ),
  components: z.object({
    parameters: z.record(z.string(), z.object({ name: z.string() })),
    schemas: z.record(z.string(), shape),
  }),
});

const contract = documents.parse(parse(read('../../contract/openapi.yaml')));

/** The paths of an object's fields. Nested shapes with a name are listed separately. */
const pathsOf = ({ properties, items }: Shape, prefix = ''): string[] =>
  items === undefined
    ? Object.entries(properties ?? {}).flatMap(([name, field]) => [
        `${prefix}${name}`,
        ...pathsOf(field, `${prefix}${name}.`),
      ])
    : pathsOf(items, prefix);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const pathsOfValue = (value: unknown, prefix = ''): string[] => {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOfValue(item, prefix));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, field]) => [
    `${prefix}${name}`,
    ...pathsOfValue(field, `${prefix}${name}.`),
  ]);
};

const success = z.object({ data: z.record(z.string(), z.unknown()) });
const example = (name: string) =>
  success.parse(JSON.parse(read(`../../contract/examples/${name}.200.json`))).data;

/** The fields of nested objects in the printed examples. */
const within = (name: string, ...fields: readonly string[]): string[] => {
  let found: unknown[] = [example(name)];
  for (const field of fields) {
    found = found.flatMap((value) => (isRecord(value) ? value[field] : []));
  }
  return found.flatMap((value) => pathsOfValue(value));
};

const examples: Readonly<Record<string, readonly string[]>> = {
  WindowsPolicy: within('windows-create-legacy', 'winPolicyAssignments', 'winPolicy'),
  AppleProfile: within('apple-create', 'profiles'),
  AppleApplication: within('apple-create', 'applications'),
  AppleVppLocation: within('apple-create', 'admVppLocation'),
  WindowsEnrollmentToken: [
    ...Object.keys(example('windows-create')),
    ...Object.keys(example('windows-create-legacy')),
    ...Object.keys(example('windows-update')),
  ],
  AppleEnrollmentToken: Object.keys(example('apple-create')),
  MdmUser: Object.keys(example('mdm-user-create')),
  BulkResult: Object.keys(example('windows-bulk')),
  PageInfo: Object.keys(example('windows-list')).filter((name) => name !== 'items'),
};

/** Parts of a shape that are named shapes, although the examples print them inline. */
const isOwnShape = (schema: string, path: string): boolean =>
  schema === 'WindowsPolicy' && path.startsWith('agentConfiguration.');

/** The parameters of a list, if a name is that of an operation. */
const parametersOf = (operationId: string): string[] =>
  Object.values(contract.paths)
    .filter(({ get }) => get?.operationId === operationId)
    .flatMap(({ get }) => get?.parameters ?? [])
    .map(({ $ref = '', name }) => {
      const shared = contract.components.parameters[$ref.split('/').at(-1) ?? ''];
      return name ?? shared?.name ?? $ref;
    });

const documentedOf = (name: string): string[] => {
  const schema = contract.components.schemas[name];
  const paths = schema === undefined ? parametersOf(name) : pathsOf(schema);
  const printed = (examples[name] ?? []).filter((path) => !isOwnShape(name, path));
  return [...new Set([...paths, ...printed])].sort();
};

/** The fields that the decision record names, each with its reason. */
const leftOut = [
  ...read('../../../docs/decisions/004-fields-left-out.md').matchAll(
    /^\| `(\w+)\.([\w.]+)` \| (.+) \|$/gm,
  ),
].map(([, name = '', path = '', reason = '']) => ({ name, path, reason }));

/** Whether a field, or an object that contains it, is left out. */
const isLeftOut = (schema: string, field: string): boolean =>
  leftOut.some(
    ({ name, path }) => name === schema && (field === path || field.startsWith(`${path}.`)),
  );

const schema = createSchema(platforms);

const exists = (coordinate: string): boolean => {
  const [, typeName = '', fieldName = '', argument] =
    /^(\w+)\.(\w+)(?:\((\w+)\))?$/.exec(coordinate) ?? [];
  const type = schema.getType(typeName);
  if (isInputObjectType(type)) return type.getFields()[fieldName] !== undefined;
  if (!isObjectType(type) && !isInterfaceType(type)) return false;
  const field = type.getFields()[fieldName];
  return (
    field !== undefined &&
    (argument === undefined || field.args.some(({ name }) => name === argument))
  );
};

describe.each(Object.entries(fieldsOfSchema))('%s of the API', (name, fields) => {
  test('has every field in the schema, or in the decision record with its reason', () => {
    const documented = documentedOf(name);
    expect(documented.length).toBeGreaterThan(0);
    expect(documented.filter((path) => !isLeftOut(name, path))).toStrictEqual(
      Object.keys(fields).sort(),
    );
  });

  test('is mapped to what the schema really has', () => {
    expect(Object.values(fields).filter((coordinate) => !exists(coordinate))).toStrictEqual([]);
  });
});

test('the decision record names nothing that the API does not document', () => {
  const unknown = leftOut.filter(({ name, path }) => !documentedOf(name).includes(path));
  expect(unknown).toStrictEqual([]);
  expect(leftOut.length).toBeGreaterThan(10);
  expect(leftOut.filter(({ reason }) => reason.length < 8)).toStrictEqual([]);
});

test('every shape of tokens, policies and users is looked at', () => {
  const notServed =
    /^(Error|SegmentId|Language|TokenState|MdmPolicySummary|CreateMdmUser|UpdateMdmUser|Segment|Organization)$/;
  const names = Object.keys(contract.components.schemas).filter((name) => !notServed.test(name));
  expect(names.filter((name) => fieldsOfSchema[name] === undefined)).toStrictEqual([]);
});
