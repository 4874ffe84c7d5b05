import { readFileSync } from 'node:fs';
import {
  astFromValue,
  buildASTSchema,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
  print,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/schema.ts';
import { platforms } from '../../src/platforms/registry.ts';

const targetFile = new URL('../contract/target.graphql', import.meta.url);
const target = buildASTSchema(parse(readFileSync(targetFile, 'utf8')), { assumeValidSDL: true });
const built = createSchema(platforms);

const defaultText = (value: unknown, type: GraphQLInputType): string => {
  const node = value === undefined ? null : astFromValue(value, type);
  return node ? ` = ${print(node)}` : '';
};

const inputLine = ({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string =>
  `${name}: ${type.toString()}${defaultText(defaultValue, type)}`;

/** One line for each field of a type: name, arguments, type and defaults. */
const shapeOf = (type: GraphQLNamedType | undefined): string[] => {
  if (type === undefined) return ['(missing)'];
  if (isEnumType(type)) return type.getValues().map(({ name }) => name);
  if (isInputObjectType(type)) return Object.values(type.getFields()).map(inputLine);
  if (!isObjectType(type) && !isInterfaceType(type)) return [type.constructor.name];
  const interfaces = type.getInterfaces().map(({ name }) => `implements ${name}`);
  const fields = Object.values(type.getFields()).map(
    (field) =>
      `${field.name}(${field.args.map(inputLine).sort().join(', ')}): ${field.type.toString()}`,
  );
  return [...interfaces, ...fields];
};

const namedTypes = (schema: GraphQLSchema): GraphQLNamedType[] =>
  Object.values(schema.getTypeMap()).filter(
    (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
  );

describe('the built schema and the target', () => {
  it.each(
    namedTypes(target).map((type) => [type.name, type] as const),
  )('%s has every name, argument, type and default of the target', (name, type) => {
    expect(shapeOf(built.getType(name))).toEqual(expect.arrayContaining(shapeOf(type)));
  });

  it('describes every type, field, argument and value', () => {
    const bare: string[] = [];
    const note = (name: string, item: { readonly description?: string | null | undefined }) => {
      // The types and fields of federation, which clients do not use.
      if (/(^|\.)_/.test(name)) return;
      if (!item.description) bare.push(name);
    };
    for (const type of namedTypes(built)) {
      note(type.name, type);
      if (isEnumType(type)) {
        for (const value of type.getValues()) note(`${type.name}.${value.name}`, value);
      } else if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields()))
          note(`${type.name}.${field.name}`, field);
      } else if (isObjectType(type) || isInterfaceType(type)) {
        for (const field of Object.values(type.getFields())) {
          note(`${type.name}.${field.name}`, field);
          for (const arg of field.args) note(`${type.name}.${field.name}(${arg.name})`, arg);
        }
      }
    }
    expect(bare).toEqual([]);
  });
});
