import { createHash } from 'node:crypto';
import { type StubAnswer, startStubUpstream } from '../support/upstream/stub-upstream.ts';

export const organizationId = 'a'.repeat(24);

/** An entity id from a kind and a number. */
export const idOf = (kind: string, index: number): string =>
  createHash('sha256').update(`${kind} ${index}`).digest('hex').slice(0, 24);

export interface OddApi {
  /** Tokens of each platform. */
  readonly tokens: number;
  /** Policies that each token assigns; none of them is embedded. */
  readonly policiesPerToken: number;
  /** Largest `limit` that the lists apply. */
  readonly maxLimit: number;
  /** Whether a token can be read by its id. */
  readonly hasGetOne: boolean;
}

const start = Date.parse('2026-01-01T00:00:00Z');

const envelope = (data: unknown): StubAnswer => ({ body: { status: true, data } });
const refused = (status: number, code: number): StubAnswer => ({
  status,
  body: { status: false, error: { code, message: 'words of the API' } },
});

/** A working API with unusual data, for which operations make more calls than estimated. */
export const startOddApi = (odd: Partial<OddApi> = {}) => {
  const { tokens = 30, policiesPerToken = 0, maxLimit = 500, hasGetOne = true } = odd;

  const token = (platform: string, index: number) => {
    const prefix = platform === 'apple' ? 'adm' : 'win';
    return {
      id: idOf(platform, index),
      organizationId,
      state: 'PENDING',
      displayName: `Token ${index}`,
      mdmUser: { id: idOf(`${platform} user`, index) },
      createdAt: new Date(start - index * 60_000).toISOString(),
      updatedAt: new Date(start - index * 60_000).toISOString(),
      [`${prefix}PolicyAssignments`]: Array.from({ length: policiesPerToken }, (_, number) => ({
        [`${prefix}PolicyId`]: idOf(`${platform} policy`, index * policiesPerToken + number),
        priority: number,
      })),
    };
  };

  const page = (items: readonly unknown[], query: URLSearchParams): StubAnswer => {
    const limit = Math.min(maxLimit, Number(query.get('limit')));
    const number = Number(query.get('page'));
    const shown = items.slice((number - 1) * limit, number * limit);
    const hasNextPage = number * limit < items.length;
    return envelope({ items: shown, totalDocs: items.length, limit, page: number, hasNextPage });
  };

  return startStubUpstream((path, query, { method }) => {
    const [, platform = '', list = '', id] =
      /\/mdm\/(apple|windows)\/enterprise\/(policies|enrollment-tokens)(?:\/(\w+))?$/.exec(path) ??
      [];
    if (platform === '') {
      return path.endsWith('/mdm/users') ? page([], query) : refused(404, 3001);
    }
    const all = Array.from({ length: tokens }, (_, index) => token(platform, index));
    if (list === 'policies') {
      const policies = Array.from({ length: tokens * policiesPerToken }, (_, index) => ({
        id: idOf(`${platform} policy`, index),
        organizationId,
        name: 'Policy',
      }));
      return id === undefined ? page(policies, query) : envelope({ id, organizationId });
    }
    if (id === undefined)
      return page(query.get('sort')?.endsWith(':asc') ? all.toReversed() : all, query);
    if (method === 'GET' && !hasGetOne) return refused(404, 1002);
    const known = all.find((one) => one.id === id);
    return known === undefined ? refused(404, 3001) : envelope(known);
  });
};
