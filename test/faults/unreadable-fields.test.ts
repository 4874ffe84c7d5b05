import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway/gateway.ts';
import { fetchSamples } from '../support/gateway/metrics.ts';
import type { Loose } from '../support/loose.ts';
import { type StubUpstream, startStubUpstream } from '../support/upstream/stub-upstream.ts';
import { type FieldNames, fieldNames, unreadableCases } from './cases/unreadable-field-cases.ts';

type PlatformName = keyof typeof fieldNames;

const organizationId = '5f0000000000000000000001';
const oddId = '6b0000000000000000000001';
const goodId = '6b0000000000000000000002';
const later = '2099-12-31T00:00:00.000Z';

const goodToken = ({ enterprise, assignments, policy }: FieldNames) => ({
  id: goodId,
  state: 'PENDING',
  displayName: 'Lab',
  tags: ['lab', 'spare'],
  type: 'enrollment',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-02T00:00:00.000Z',
  expireAt: later,
  summary: {},
  sendEmail: true,
  segmentId: '3',
  config: { skip: true },
  mdmUser: { id: 'a'.repeat(24), email: 'ann@example.com' },
  [enterprise]: 'b'.repeat(24),
  [assignments]: [{ [policy]: 'c'.repeat(24), priority: 5 }],
});

const selection = `sourceId state displayName tags type updatedAt expiresAt isUsable sendEmail segmentId config
  user { sourceId email } policyAssignments { priority }
  ... on WindowsEnrollmentToken { enterpriseId } ... on AppleEnrollmentToken { enterpriseId }`;
const list = `{ enrollmentTokens { nodes { id ${selection} } sources { status } } }`;

let api: StubUpstream;
let gateway: Gateway;
/** The tokens that the API lists, by the name of the platform in the path. */
let tokens: Readonly<Partial<Record<PlatformName, readonly Loose[]>>> = {};

beforeAll(async () => {
  api = await startStubUpstream((path) => {
    const [, platform = '', id] =
      /\/(windows|apple)\/enterprise\/enrollment-tokens(?:\/(\w+))?$/.exec(path) ?? [];
    const items = Object.entries(tokens).find(([name]) => name === platform)?.[1] ?? [];
    if (id !== undefined) {
      return { body: { status: true, data: items.find((token) => token.id === id) } };
    }
    return {
      body: { status: true, data: { items, totalDocs: items.length, hasNextPage: false } },
    };
  });
  gateway = await startGateway({
    baseUrl: api.baseUrl,
    organization: organizationId,
    apiKey: 'key-of-the-test-1',
  });
});

afterAll(async () => {
  await gateway.close();
  api.close();
});

/** The counter of surprises, by kind. */
const surprises = async (): Promise<Readonly<Record<string, number>>> => {
  const samples = await fetchSamples(gateway.url, 'gateway_upstream_surprises_total');
  return Object.fromEntries(samples.map(({ labels, value }) => [labels['kind'], value]));
};

const linesOf = (kind: string) => gateway.logged().filter(({ surprise }) => surprise === kind);

describe.each(['windows', 'apple'] as const)('a token of %s', (platform) => {
  const names = fieldNames[platform];
  const good = goodToken(names);

  it.each(unreadableCases)('with $name shows $gives', async ({ kind, fields, shows }) => {
    const sent = typeof fields === 'function' ? fields(names) : fields;
    const odd = { ...good, ...sent, id: oddId, createdAt: '2026-01-03T00:00:00.000Z' };
    tokens = { [platform]: [odd, good] };
    const before = await surprises();
    const { data, errors } = await gateway.ask(list);
    expect(errors).toEqual([]);
    expect(data.enrollmentTokens.sources).toEqual([{ status: 'OK' }, { status: 'OK' }]);
    const [{ id, ...shownOdd }, { id: _, ...shownGood }] = data.enrollmentTokens.nodes;
    expect(shownGood).toMatchObject({ sourceId: goodId, expiresAt: later, isUsable: true });
    // The other fields of the token and the other tokens are unaffected.
    expect(shownOdd).toEqual({ ...shownGood, ...shows, sourceId: oddId });
    const once = { ...before, [kind]: (before[kind] ?? 0) + 1 };
    expect(await surprises()).toEqual(once);

    const again = await gateway.ask(`{ enrollmentToken(id: "${id}") { ${selection} } }`);
    expect(again).toMatchObject({ errors: [], data: { enrollmentToken: shownOdd } });
    expect(await surprises()).toEqual({ ...once, [kind]: (before[kind] ?? 0) + 2 });
    expect(linesOf(kind)).toEqual([
      { level: 40, time: expect.any(String), surprise: kind, msg: expect.stringContaining('odd') },
    ]);
  });

  it.each([
    ['null', null, null],
    ['the last day of a month', '2099-01-31T00:00:00Z', '2099-01-31T00:00:00.000Z'],
    ['29 February of a leap year', '2096-02-29T00:00:00Z', '2096-02-29T00:00:00.000Z'],
  ])('is usable if its expiry is %s', async (_what, expireAt, expiresAt) => {
    tokens = { [platform]: [{ ...good, expireAt }] };
    const before = await surprises();
    const { data } = await gateway.ask(list);
    expect(data.enrollmentTokens.nodes).toMatchObject([{ expiresAt, isUsable: true }]);
    expect(await surprises()).toEqual(before);
  });
});

it('a DateTime argument is refused if its day does not exist in the calendar', async () => {
  const { errors } = await gateway.ask(
    '{ enrollmentTokens(first: 1, filter: { expiresAfter: "2026-02-30T00:00:00Z" }) { nodes { id } } }',
  );
  expect(errors).not.toEqual([]);
});
