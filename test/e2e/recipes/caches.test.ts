import { readFileSync } from 'node:fs';
import { build } from 'esbuild';
import {
  buildSchema,
  type GraphQLObjectType,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isObjectType,
  Kind,
} from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { clientsFolder, hasClients } from '../../support/http/client-page.ts';
import { recipeFiles, schemaFile } from '../../support/http/recipes.ts';
import { isSkipped } from '../../support/optional-tools.ts';

const schema = buildSchema(readFileSync(schemaFile, 'utf8'));
const objectTypes = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith('__'));
const hasId = (type: GraphQLObjectType): boolean => 'id' in type.getFields();
const isConnection = (name: string): boolean => name.endsWith('Connection');
const withoutId = objectTypes.filter((type) => !hasId(type)).map(({ name }) => name);

describe.skipIf(isSkipped(hasClients))("Apollo Client's cache in docs/clients.md", () => {
  let cache: any;

  beforeAll(async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: recipeFiles.get('apollo/cache.ts') ?? '',
        resolveDir: clientsFolder,
        loader: 'ts',
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      write: false,
    });
    const code = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
    cache = (await import(/* @vite-ignore */ `data:text/javascript;base64,${code}`)).createCache();
  });

  it('knows the types of each interface', () => {
    const abstractTypes = Object.values(schema.getTypeMap())
      .filter(isAbstractType)
      .filter(({ name }) => !name.startsWith('_'));
    expect(abstractTypes.length).toBeGreaterThan(3);
    for (const abstractType of abstractTypes) {
      const fragment = {
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: {
          kind: Kind.NAMED_TYPE,
          name: { kind: Kind.NAME, value: abstractType.name },
        },
        selectionSet: { kind: Kind.SELECTION_SET, selections: [] },
      };
      const matching = objectTypes.filter(({ name }) => cache.fragmentMatches(fragment, name));
      expect(matching.map(({ name }) => name).sort()).toEqual(
        schema
          .getPossibleTypes(abstractType)
          .map(({ name }) => name)
          .sort(),
      );
    }
  });

  const fields = objectTypes.flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ type, field })),
  );
  const connections = fields.filter(({ field }) => isConnection(getNamedType(field.type).name));

  it.each(
    connections.map(({ type, field }) => ({ name: `${type.name}.${field.name}`, type, field })),
  )('keeps one list for each combination of the arguments of $name, except those of pages', ({
    type,
    field,
  }) => {
    const typename = type.name;
    const fieldName = field.name;
    const keyWith = (args: object): string =>
      cache.policies.getStoreFieldName({ typename, fieldName, args });
    const separating = field.args
      .map(({ name }) => name)
      .filter((name) => keyWith({ [name]: 'one' }) !== keyWith({ [name]: 'another' }));
    const ofPages = ['first', 'after', 'last', 'before'];
    expect(separating.sort()).toEqual(
      field.args
        .map(({ name }) => name)
        .filter((name) => !ofPages.includes(name))
        .sort(),
    );
    expect(cache.policies.getMergeFunction(typename, fieldName, '')).toBeTypeOf('function');
  });

  it('merges or replaces each part without id of an object that it stores by id', () => {
    const parts = fields.filter(({ type, field }) => {
      const named = getNamedType(field.type);
      if (!hasId(type) || isConnection(named.name) || !isCompositeType(named)) return false;
      return isListType(getNullableType(field.type)) || (isObjectType(named) && !hasId(named));
    });
    const isMerged = ({ type, field }: (typeof parts)[number]) =>
      cache.policies.getMergeFunction(type.name, field.name, getNamedType(field.type).name);
    const names = (list: typeof parts) =>
      list.map(({ type, field }) => `${type.name}.${field.name}`);
    expect(names(parts).length).toBeGreaterThan(10);
    expect(names(parts.filter((part) => !isMerged(part)))).toEqual([]);
  });
});

it("Graphcache's list in docs/clients.md has each type without id", () => {
  const [, list = ''] =
    /const parts = \[(.*?)\];/s.exec(recipeFiles.get('urql/client.ts') ?? '') ?? [];
  const listed = [...list.matchAll(/'(\w+)'/g)].map(([, name]) => name);
  expect(listed).toEqual(
    withoutId.filter((name) => !['Query', 'Mutation', 'Subscription'].includes(name)).sort(),
  );
});
