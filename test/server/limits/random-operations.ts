import fc from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { encodeTypeAndKey } from '../../../src/graphql/global-id.ts';
import { platforms } from '../../../src/platforms/registry.ts';
import type { Sandbox } from '../../../src/sandbox/sandbox.ts';

/** Values that exist; random operations also use values that do not exist. */
export interface KnownValues {
  readonly organizationId: string;
  readonly organizationSlug: string;
  readonly tokenIds: readonly string[];
  readonly policyIds: readonly string[];
  readonly userIds: readonly string[];
  readonly emails: readonly string[];
  /** Cursors of root connections without a filter and in the default order, by field. */
  readonly cursors?: Readonly<Record<string, readonly string[]>>;
}

export interface RandomOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const mostFields = 120;
const mostDepth = 11;
const mostAliases = 25;

const ambiguousFieldsOf = (schema: GraphQLSchema): ReadonlySet<string> => {
  const types = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const known = types.get(field.name);
      if (known !== undefined && known !== String(field.type)) ambiguous.add(field.name);
      types.set(field.name, String(field.type));
    }
  }
  return ambiguous;
};

/** Builds one operation from random numbers. */
class OperationBuilder {
  readonly #schema: GraphQLSchema;
  readonly #known: KnownValues;
  readonly #next: () => number;
  /** Fields that have several types: two of them under one response name would conflict. */
  readonly #ambiguous: ReadonlySet<string>;
  #fields = 0;
  #aliases = 0;
  readonly #fragments: string[] = [];
  readonly variables: Record<string, unknown> = {};

  constructor(schema: GraphQLSchema, known: KnownValues, next: () => number) {
    this.#schema = schema;
    this.#known = known;
    this.#next = next;
    this.#ambiguous = ambiguousFieldsOf(schema);
  }

  build(): RandomOperation {
    const isMutation = this.#chance(0.25);
    const root = isMutation ? this.#schema.getMutationType() : this.#schema.getQueryType();
    if (!root) throw new TypeError('The schema has no such operations.');
    const selection = this.#selection(root, 1, this.#count(1, isMutation ? 4 : 8));
    const body = this.#withFragments(selection);
    const declared = ['$ids: [ID!]!', '$representations: [_Any!]!'].filter((declaration) =>
      body.includes(`: ${declaration.split(':')[0]}`),
    );
    const head = declared.length > 0 ? `(${declared.join(', ')})` : '';
    return {
      query: `${isMutation ? 'mutation' : 'query'} Random${head} ${body}`,
      variables: this.variables,
    };
  }

  /** Adds the fragments that a text uses. Some fragments are part of a selection that was dropped. */
  #withFragments(selection: string): string {
    // A fragment uses only earlier ones.
    const texts = [selection];
    for (const [index, fragment] of [...this.#fragments.entries()].reverse()) {
      if (texts.some((text) => text.includes(`...F${index} `))) texts.push(fragment);
    }
    return texts.join('\n');
  }

  #below(bound: number): number {
    return this.#next() % bound;
  }

  #count(least: number, most: number): number {
    return least + this.#below(most - least + 1);
  }

  #chance(share: number): boolean {
    return this.#below(1_000) < share * 1_000;
  }

  #pick<Item>(items: readonly Item[]): Item {
    const item = items[this.#below(items.length)];
    if (item === undefined) throw new TypeError('There is nothing to pick from.');
    return item;
  }

  #selection(type: GraphQLNamedType, depth: number, wanted: number): string {
    const selection = isAbstractType(type)
      ? this.#abstractSelection(type, depth, wanted)
      : this.#ownSelection(type, depth, wanted);
    if (selection === '' || !this.#chance(0.1)) return selection;
    const name = `F${this.#fragments.length}`;
    this.#fragments.push(`fragment ${name} on ${type.name} ${selection}`);
    return `{ ...${name} }`;
  }

  /** The fields of an object type or an interface. */
  #ownSelection(type: GraphQLNamedType, depth: number, wanted: number): string {
    if (!isObjectType(type) && !isInterfaceType(type)) return '';
    const fields = Object.values(type.getFields()).filter(
      (field) => depth < mostDepth || !isCompositeType(getNamedType(field.type)),
    );
    const texts = Array.from({ length: wanted }, () => this.#field(this.#pick(fields), depth));
    // A document with the same response name for different arguments would not be valid.
    const byName = new Map(
      texts.filter((text) => text !== '').map((text) => [/^\w+/.exec(text)?.[0], text]),
    );
    return `{ __typename ${[...byName.values()].join(' ')} }`;
  }

  #abstractSelection(type: GraphQLNamedType, depth: number, wanted: number): string {
    if (!isAbstractType(type)) return '';
    const interfaces = isUnionType(type) ? [] : this.#schema.getImplementations(type).interfaces;
    const parts = [...interfaces, ...this.#schema.getPossibleTypes(type)]
      .filter(() => this.#chance(0.6))
      .map((possible) => `... on ${possible.name} ${this.#selection(possible, depth, wanted)}`);
    const own = isUnionType(type) ? '' : this.#ownSelection(type, depth, wanted).slice(1, -1);
    return `{ __typename ${own} ${parts.join(' ')} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    if (this.#fields >= mostFields) return '';
    this.#fields += 1;
    const type = getNamedType(field.type);
    const args = field.args.flatMap((arg) => this.#argument(field.name, arg));
    const cursors = this.#known.cursors?.[field.name] ?? [];
    const changesList = /^(filter|orderBy|search|platform|after|before)\b/;
    if (depth === 1 && cursors.length > 0 && !args.some((arg) => changesList.test(arg))) {
      const side = args.some((arg) => arg.startsWith('last')) ? 'before' : 'after';
      if (this.#chance(0.4)) args.push(`${side}: "${this.#pick(cursors)}"`);
    }
    const needsAlias = args.length > 0 || this.#ambiguous.has(field.name);
    const isAliased = needsAlias || this.#chance(0.1);
    if (needsAlias && this.#aliases >= mostAliases) return '';
    const alias = isAliased && this.#aliases < mostAliases ? `a${this.#aliases++}: ` : '';
    const below = isCompositeType(type)
      ? ` ${this.#selection(type, depth + 1, this.#count(1, 5))}`
      : '';
    const directive = this.#chance(0.03)
      ? this.#pick([' @include(if: true)', ' @include(if: false)', ' @skip(if: true)'])
      : '';
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${directive}${below}`;
  }

  #argument(fieldName: string, { name, type }: GraphQLArgument): string[] {
    const isNeeded = isNonNullType(type);
    // Cursors, and two sizes at once, are usually faults.
    const share = { first: 0.8, last: 0.02, after: 0.03, before: 0.03 }[name] ?? 0.3;
    if (!isNeeded && !this.#chance(share)) return [];
    if (name === 'ids' || name === 'representations') {
      if (this.#chance(0.5)) {
        const size = this.#pick([1, 3, 30, 100, 400, 1_000, 1_500]);
        this.variables[name] = Array.from({ length: size }, () =>
          name === 'ids' ? this.#id('id') : this.#representation(),
        );
        return [`${name}: $${name}`];
      }
    }
    const isOfToken = name === 'id' && fieldName === 'enrollmentToken';
    return [`${name}: ${this.#value(isOfToken ? 'tokenId' : name, type)}`];
  }

  #value(name: string, type: GraphQLInputType): string {
    if (isNonNullType(type)) return this.#value(name, type.ofType);
    if (isListType(type)) {
      const size = this.#pick([0, 1, 2, 5, 20]);
      return `[${Array.from({ length: size }, () => this.#value(name, type.ofType)).join(', ')}]`;
    }
    if (isEnumType(type)) return this.#pick(type.getValues()).name;
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(
        (field) => isNonNullType(field.type) || this.#chance(0.25),
      );
      return `{ ${fields.map((field) => `${field.name}: ${this.#value(field.name, field.type)}`).join(', ')} }`;
    }
    switch (type.name) {
      case 'Int':
        return String(this.#chance(0.03) ? this.#pick([-1, 0, 1_000]) : this.#size(name));
      case 'Boolean':
        return String(this.#chance(0.5));
      case 'ID':
        return JSON.stringify(this.#id(name));
      case 'DateTime':
        return `"${new Date(Date.UTC(2026, this.#below(14), 1)).toISOString()}"`;
      case '_Any':
        return this.#literal(this.#representation());
      case 'JSON':
        return this.#pick(['{}', '{ a: [1, "x", { b: null }] }', '[]', '"x"', '1e9']);
      default:
        return JSON.stringify(this.#text(name));
    }
  }

  /** Usually an allowed value: a refused operation makes no calls. */
  #size(name: string): number {
    if (name === 'size') return this.#pick([128, 256, 512, 1_024]);
    if (name === 'durationSeconds') return 3_600;
    return this.#pick([1, 2, 5, 20, 50, 100]);
  }

  #literal(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map((item) => this.#literal(item)).join(', ')}]`;
    if (typeof value !== 'object' || value === null) return JSON.stringify(value);
    const fields = Object.entries(value).map(([key, item]) => `${key}: ${this.#literal(item)}`);
    return `{ ${fields.join(', ')} }`;
  }

  #id(name: string): string {
    const { tokenIds, policyIds, userIds, organizationId, organizationSlug } = this.#known;
    if (name === 'organizationId') {
      if (this.#chance(0.05)) return this.#pick(['x', 'b'.repeat(24)]);
      return this.#pick([organizationId, organizationId, organizationSlug]);
    }
    const odd = ['', 'junk', 'x'.repeat(500), this.#pick(tokenIds).slice(1)];
    if (this.#chance(0.02)) return this.#pick(odd);
    if (this.#chance(0.02)) return this.#unknownId(name);
    if (name === 'userId') return this.#pick(userIds);
    if (name === 'policyId') return this.#pick(policyIds);
    if (name === 'tokenId') return this.#pick(tokenIds);
    return this.#pick(this.#pick([tokenIds, policyIds, userIds]));
  }

  /** A well-formed id of no object. */
  #unknownId(name: string): string {
    const { tokenIds, policyIds, userIds, organizationId } = this.#known;
    const ids = { userId: userIds, policyId: policyIds }[name] ?? tokenIds;
    const [typename] = Buffer.from(this.#pick(ids), 'base64url').toString('utf8').split(':');
    const sourceId = this.#next().toString(16).padStart(24, '0');
    return encodeTypeAndKey(typename ?? '', `${organizationId}:${sourceId}`);
  }

  #text(name: string): string {
    if (/email/i.test(name))
      return this.#pick([...this.#known.emails, 'nobody@example.com', 'x', '@example.com']);
    if (this.#chance(0.05)) return this.#pick(['x'.repeat(3_000), '\u0000']);
    return this.#pick(['a', 'Laptop', 'x'.repeat(128), 'é😀']);
  }

  #representation(): unknown {
    const { tokenIds, policyIds, userIds, emails, organizationId, organizationSlug } = this.#known;
    return this.#pick<() => unknown>([
      () => ({ __typename: 'EnrollmentToken', id: this.#pick(tokenIds) }),
      () => ({ __typename: 'MdmPolicy', id: this.#pick(policyIds) }),
      () => ({ __typename: 'MdmUser', id: this.#pick(userIds) }),
      () => ({
        __typename: 'MdmUser',
        organizationId: this.#pick([organizationId, organizationId, organizationSlug]),
        email: this.#pick([...emails, null]),
      }),
      () => ({ __typename: this.#pick(['x', '', 'MdmDevice', 7, null, { toString: 1 }]), id: 'x' }),
      () => this.#pick<unknown>([7, 'x', [], {}, { __typename: 'MdmUser', id: { length: 1e9 } }]),
    ])();
  }
}

/** Random operations over a schema: selections, arguments, aliases, ids and representations. */
export const randomOperations = (
  schema: GraphQLSchema,
  known: KnownValues,
): fc.Arbitrary<RandomOperation> =>
  fc.infiniteStream(fc.nat({ max: 2 ** 31 - 1 })).map((stream) =>
    new OperationBuilder(schema, known, () => {
      const { value } = stream.next();
      return Number(value);
    }).build(),
  );

/** The ids and addresses of a sandbox. */
export const knownValuesOf = (sandbox: Sandbox): KnownValues => {
  const { organizationId, organizationSlug } = sandbox;
  const toId = (type: string) => (document: { readonly id: unknown }) =>
    encodeTypeAndKey(type, `${organizationId}:${String(document.id)}`);
  const users = sandbox.organization.users.all();
  return {
    organizationId,
    organizationSlug,
    tokenIds: platforms.flatMap(({ key, tokenType }) =>
      sandbox.platform(key.toLowerCase()).tokens.all().map(toId(tokenType)),
    ),
    policyIds: platforms.flatMap(({ key, policyType }) =>
      sandbox.platform(key.toLowerCase()).policies.all().map(toId(policyType)),
    ),
    userIds: users.map(toId('MdmUser')),
    emails: users.map(({ email }) => String(email)),
  };
};
