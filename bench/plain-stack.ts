import { createServer } from 'node:http';
import process from 'node:process';
import SchemaBuilder from '@pothos/core';
import DataLoader from 'dataloader';
import { createYoga } from 'graphql-yoga';
import { serve } from './serve.ts';

/*
 * The plain stack is a server as the introductions of the libraries show it. It has a schema, one dataloader per kind, one
 * call per id, and `fetch`. It has no checks, no cache beyond the request, and no retries.
 */

// biome-ignore lint/suspicious/noExplicitAny: it does not check answers, like the introductions of the libraries
type Json = any;

interface Context {
  readonly get: (path: string) => Promise<Json>;
  readonly users: DataLoader<string, Json>;
  /** The keys are paths, because each platform has its own policies. */
  readonly policies: DataLoader<string, Json>;
}

const { UPSTREAM_URL = '', ORGANIZATION_ID = '' } = process.env;
const base = `${UPSTREAM_URL}/organizations/${ORGANIZATION_ID}`;

const createContext = (request: Request): Context => {
  const authorization = request.headers.get('authorization') ?? '';
  const get = async (path: string): Promise<Json> => {
    const response = await fetch(base + path, { headers: { authorization } });
    const { data }: Json = await response.json();
    return data;
  };
  return {
    get,
    users: new DataLoader((ids) => Promise.all(ids.map((id) => get(`/mdm/users/${id}`)))),
    policies: new DataLoader((paths) => Promise.all(paths.map(get))),
  };
};

const platforms = [
  { key: 'WINDOWS', path: '/mdm/windows/enterprise', word: 'win' },
  { key: 'APPLE', path: '/mdm/apple/enterprise', word: 'adm' },
];

const builder = new SchemaBuilder<{ Context: Context }>({});
const user = builder.objectRef<Json>('MdmUser').implement({
  fields: (t) => ({
    sourceId: t.id({ resolve: ({ id }) => id }),
    email: t.exposeString('email', { nullable: true }),
    name: t.exposeString('name', { nullable: true }),
  }),
});
const policy = builder.objectRef<Json>('MdmPolicy').implement({
  fields: (t) => ({
    sourceId: t.id({ resolve: ({ id }) => id }),
    name: t.exposeString('name', { nullable: true }),
    version: t.exposeInt('version', { nullable: true }),
  }),
});
const assignment = builder
  .objectRef<{ readonly priority: number; readonly path: string }>('MdmPolicyAssignment')
  .implement({
    fields: (t) => ({
      priority: t.exposeInt('priority', { nullable: true }),
      policy: t.field({
        type: policy,
        resolve: ({ path }, _args, { policies }) => policies.load(path),
      }),
    }),
  });
const token = builder.objectRef<Json>('EnrollmentToken').implement({
  fields: (t) => ({
    sourceId: t.id({ resolve: ({ id }) => id }),
    displayName: t.exposeString('displayName', { nullable: true }),
    tags: t.exposeStringList('tags'),
    state: t.exposeString('state'),
    type: t.exposeString('type', { nullable: true }),
    subType: t.exposeString('subType', { nullable: true }),
    createdAt: t.exposeString('createdAt'),
    updatedAt: t.exposeString('updatedAt'),
    expiresAt: t.string({ nullable: true, resolve: ({ expireAt }) => expireAt }),
    enrollmentLink: t.exposeString('enrollmentLink', { nullable: true }),
    enrollmentCode: t.string({ nullable: true, resolve: ({ enrollCode }) => enrollCode }),
    sendEmail: t.exposeBoolean('sendEmail'),
    segmentId: t.int({ resolve: ({ segmentId }) => Number(segmentId) }),
    user: t.field({
      type: user,
      resolve: ({ mdmUser }, _args, { users }) => users.load(mdmUser.id),
    }),
    policyAssignments: t.field({
      type: [assignment],
      resolve: ({ path, word, ...fields }) =>
        fields[`${word}PolicyAssignments`].map((one: Json) => ({
          priority: one.priority,
          path: `${path}/policies/${one[`${word}PolicyId`]}`,
        })),
    }),
  }),
});
const connection = builder
  .objectRef<{ readonly nodes: Json[] }>('EnrollmentTokenConnection')
  .implement({
    fields: (t) => ({ nodes: t.field({ type: [token], resolve: ({ nodes }) => nodes }) }),
  });
const filter = builder.inputType('EnrollmentTokenFilter', {
  fields: (t) => ({ platforms: t.field({ type: [platformType] }) }),
});
const platformType = builder.enumType('MdmPlatformInput', {
  values: platforms.map(({ key }) => key),
});

builder.queryType({
  fields: (t) => ({
    enrollmentTokens: t.field({
      type: connection,
      args: { first: t.arg.int({ required: true }), filter: t.arg({ type: filter }) },
      resolve: async (_root, { first, filter: asked }, { get }) => {
        const wanted = platforms.filter(({ key }) => asked?.platforms?.includes(key) ?? true);
        const pages = await Promise.all(
          wanted.map(async ({ path, word }) => {
            const query = `page=1&limit=${first}&sort=createdAt%3Adesc`;
            const { items } = await get(`${path}/enrollment-tokens?${query}`);
            return items.map((item: Json) => ({ ...item, path, word }));
          }),
        );
        const nodes = pages
          .flat()
          .sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1))
          .slice(0, first);
        return { nodes };
      },
    }),
  }),
});

const server = createServer(
  createYoga<object, Context>({
    schema: builder.toSchema(),
    logging: false,
    context: ({ request }) => createContext(request),
  }),
);
serve(server, '/graphql');
