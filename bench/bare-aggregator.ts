import { createServer } from 'node:http';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { type Dispatcher, Pool } from 'undici';
import { serve } from './serve.ts';

/*
 * The bare aggregator shows the maximum that a Node process can reach for these two queries. It has no GraphQL, no schema,
 * no checks and no retries. It recognizes the query by the operation name, and requests each distinct id once.
 */

// biome-ignore lint/suspicious/noExplicitAny: it does not check answers, to measure the time without checks
type Json = any;

const { UPSTREAM_URL = '', ORGANIZATION_ID = '' } = process.env;
const { origin, pathname } = new URL(UPSTREAM_URL);
const base = `${pathname}/organizations/${ORGANIZATION_ID}`;
const pool = new Pool(origin, { connections: 64 });

const get = (path: string, authorization: string): Promise<Json> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const options: Dispatcher.DispatchOptions = {
      method: 'GET',
      path: base + path,
      headers: { authorization },
    };
    pool.dispatch(options, {
      onRequestStart: () => {},
      onResponseStart: () => {},
      onResponseData: (_controller, chunk) => {
        chunks.push(chunk);
      },
      onResponseEnd: () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')).data),
      onResponseError: (_controller, error) => reject(error),
    });
  });

const enterprise = (platform: string) => `/mdm/${platform}/enterprise`;
const newest = 'page=1&limit=50&sort=createdAt%3Adesc';

const readPage = async (authorization: string): Promise<Json> => {
  const [windows, apple] = await Promise.all([
    get(`${enterprise('windows')}/enrollment-tokens?${newest}`, authorization),
    get(`${enterprise('apple')}/enrollment-tokens?${newest}`, authorization),
  ]);
  const tokens = [
    ...windows.items.map((token: Json) => ({ token, platform: 'windows', word: 'win' })),
    ...apple.items.map((token: Json) => ({ token, platform: 'apple', word: 'adm' })),
  ]
    .sort((one, other) => (one.token.createdAt < other.token.createdAt ? 1 : -1))
    .slice(0, 50);
  const requested = new Map<string, Promise<Json>>();
  const once = (path: string): Promise<Json> => {
    const known = requested.get(path) ?? get(path, authorization);
    requested.set(path, known);
    return known;
  };
  const nodes = tokens.map(async ({ token, platform, word }) => {
    const assignments: Json[] = token[`${word}PolicyAssignments`];
    const [user, ...policies] = await Promise.all([
      once(`/mdm/users/${token.mdmUser.id}`),
      ...assignments.map((one) =>
        once(`${enterprise(platform)}/policies/${one[`${word}PolicyId`]}`),
      ),
    ]);
    return {
      sourceId: token.id,
      displayName: token.displayName,
      state: token.state,
      createdAt: token.createdAt,
      expiresAt: token.expireAt,
      user: { sourceId: user.id, email: user.email, name: user.name },
      policyAssignments: assignments.map(({ priority }, index) => ({
        priority,
        policy: {
          sourceId: policies[index].id,
          name: policies[index].name,
          version: policies[index].version,
        },
      })),
    };
  });
  return { data: { enrollmentTokens: { nodes: await Promise.all(nodes) } } };
};

const readFlat = async (authorization: string): Promise<Json> => {
  const { items } = await get(
    `${enterprise('windows')}/enrollment-tokens?${newest}`,
    authorization,
  );
  const nodes = items.map((token: Json) => ({
    sourceId: token.id,
    displayName: token.displayName,
    tags: token.tags,
    state: token.state,
    type: token.type,
    subType: token.subType,
    createdAt: token.createdAt,
    updatedAt: token.updatedAt,
    expiresAt: token.expireAt,
    enrollmentLink: token.enrollmentLink,
    enrollmentCode: token.enrollCode,
    sendEmail: token.sendEmail,
    segmentId: Number(token.segmentId),
  }));
  return { data: { enrollmentTokens: { nodes } } };
};

const server = createServer(async (request, response) => {
  const { operationName } = JSON.parse(await text(request));
  const { authorization = '' } = request.headers;
  const answer = operationName === 'Page' ? readPage(authorization) : readFlat(authorization);
  const body = Buffer.from(JSON.stringify(await answer));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
  response.end(body);
});

serve(server, '/graphql');
