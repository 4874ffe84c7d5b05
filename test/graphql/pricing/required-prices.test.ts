import { describe, expect, it } from 'vitest';
import type { EnrollmentToken } from '../../../src/domain/token.ts';
import { free } from '../../../src/graphql/pricing/price.ts';
import { createSchema } from '../../../src/graphql/schema.ts';
import type { SchemaParts } from '../../../src/graphql/schema-parts.ts';
import { platforms } from '../../../src/platforms/registry.ts';

const [first, ...others] = platforms;

/** The schema, to which a platform adds fields. */
const createWith = (addFields: (parts: SchemaParts) => void) =>
  createSchema([
    {
      ...first,
      defineTypes: (parts) => {
        first.defineTypes(parts);
        addFields(parts);
      },
    },
    ...others,
  ]);

describe('a schema is not built', () => {
  it('if a field of Query has no price', () => {
    const create = () =>
      createWith(({ builder }) =>
        builder.queryField('weather', (t) => t.string({ resolve: () => 'fair' })),
      );
    expect(create).toThrow(/^Query\.weather: .* needs extensions\.price/);
  });

  it('if a field of Mutation has no price', () => {
    const create = () =>
      createWith(({ builder }) =>
        builder.mutationField('doNothing', (t) => t.boolean({ resolve: () => true })),
      );
    expect(create).toThrow(/^Mutation\.doNothing: /);
  });

  it('if a connection has no price, and the error names it on each type that has it', () => {
    const create = () =>
      createWith(({ builder, refs }) =>
        builder.interfaceField(refs.policy, 'others', (t) =>
          t.field({ type: refs.tokenConnection, nullable: true, resolve: () => null }),
        ),
      );
    expect(create).toThrow(/MdmPolicy\.others/);
    for (const { policyType } of platforms) expect(create).toThrow(`${policyType}.others`);
  });

  it('if a type replaces a field that its interface prices by one without a price', () => {
    const create = () =>
      createWith(({ builder, refs }) => {
        builder.interfaceField(refs.token, 'weather', (t) =>
          t.string({ extensions: { price: () => ({ calls: 1, objects: 1 }) } }),
        );
        builder.objectType(builder.objectRef<EnrollmentToken>('Odd'), {
          interfaces: [refs.token],
          fields: (t) => ({ weather: t.string({ resolve: () => 'fair' }) }),
        });
      });
    expect(create).toThrow(/^Odd\.weather: /);
  });
});

describe('a schema is built', () => {
  it('if every root field and connection has a price', () => {
    expect(createSchema(platforms).getQueryType()?.getFields()['_service']?.extensions.price).toBe(
      free,
    );
  });

  it('if a root field says that it is free', () => {
    const schema = createWith(({ builder }) =>
      builder.queryField('weather', (t) =>
        t.string({ extensions: { price: free }, resolve: () => 'fair' }),
      ),
    );
    expect(schema.getQueryType()?.getFields()['weather']).toBeDefined();
  });
});

describe('a price', () => {
  it('has the types of its arguments and of a price, or does not compile', () => {
    createWith(({ builder }) =>
      builder.queryFields((t) => ({
        typed: t.string({
          args: { size: t.arg.int({ required: true }) },
          extensions: { price: ({ args, objects }) => ({ calls: args.size, objects }) },
          resolve: () => '',
        }),
        // @ts-expect-error -- A price is not a number.
        untyped: t.string({ extensions: { price: 1 }, resolve: () => '' }),
        misread: t.string({
          args: { size: t.arg.int({ required: true }) },
          // @ts-expect-error -- There is no argument of this name.
          extensions: { price: ({ args }) => ({ calls: args.length, objects: 0 }) },
          resolve: () => '',
        }),
      })),
    );
  });
});
