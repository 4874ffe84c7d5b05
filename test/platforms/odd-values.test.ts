import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OnSurprise } from '../../src/applivery/envelope.ts';
import type { Platform } from '../../src/domain/platform.ts';
import type { Transport } from '../../src/rest/transport.ts';
import { startOperation } from '../rest/harness.ts';
import {
  asked,
  createApple,
  createWindows,
  example,
  newestFirst,
  pageOf,
  policyId,
  startUpstream,
} from './upstream.ts';

type Reads = Pick<Platform, 'listTokens' | 'listPolicies'>;
type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const tokenOf = (name: string): Fields => {
  const answer = example(name);
  const data = isFields(answer) ? answer['data'] : null;
  if (!isFields(data)) throw new Error(`${name} holds no token.`);
  return data;
};

const legacyToken = tokenOf('windows-create-legacy.200.json');
const appleToken = tokenOf('apple-create.200.json');

const platforms: readonly (readonly [
  string,
  (transport: Transport, onSurprise?: OnSurprise) => Reads,
  Fields,
])[] = [
  [
    'Windows',
    (transport, onSurprise = () => {}) => createWindows(transport, { onSurprise }),
    legacyToken,
  ],
  [
    'Apple',
    (transport, onSurprise = () => {}) => createApple(transport, { onSurprise }),
    appleToken,
  ],
];

/** Replaces the value at a random path inside. */
const withOddPlace = (value: unknown, steps: readonly number[], odd: unknown): unknown => {
  const [step, ...rest] = steps;
  if (step === undefined || typeof value !== 'object' || value === null) return odd;
  const keys = Object.keys(value);
  const chosen = keys[step % Math.max(keys.length, 1)];
  if (chosen === undefined) return odd;
  const entries = Object.entries(value).map(([key, entry]) => [
    key,
    key === chosen ? withOddPlace(entry, rest, odd) : entry,
  ]);
  return Array.isArray(value) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries);
};

describe.each(platforms)('odd values in a page of %s', (name, create, sample) => {
  const keys = Object.keys(sample).filter((key) => key !== 'id');

  test('in any field of a token lose no token, and the others stay as they are', async () => {
    const { transport, answerWith } = await startUpstream(pageOf([sample]));
    const platform = create(transport);
    const intact = (await platform.listTokens(startOperation(), asked, newestFirst)).items[0];
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...keys), fc.jsonValue()),
        fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }),
        fc.jsonValue(),
        async (oddFields, steps, oddValue) => {
          const { id, ...fields } = sample;
          const deep = withOddPlace(fields, steps, oddValue);
          answerWith(
            pageOf([
              sample,
              { ...sample, ...oddFields },
              { ...(isFields(deep) ? deep : {}), id },
              { id },
              sample,
            ]),
          );
          const page = await platform.listTokens(startOperation(), asked, newestFirst);
          expect(page.items).toHaveLength(5);
          expect(page.items).not.toContain(null);
          expect(page.items[0]).toStrictEqual(intact);
          expect(page.items[4]).toStrictEqual(intact);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('in place of a token lose only that token, and its position is kept', async () => {
    const surprises: string[] = [];
    const { transport, answerWith } = await startUpstream(pageOf([]));
    const platform = create(transport, (kind) => surprises.push(kind));
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue().filter((value) => !(isFields(value) && 'id' in value)),
        async (odd) => {
          surprises.length = 0;
          answerWith(pageOf([sample, odd, { ...sample, id: null }, sample]));
          const page = await platform.listTokens(startOperation(), asked, newestFirst);
          expect(page.items.map((item) => item === null)).toStrictEqual([false, true, true, false]);
          expect(surprises.filter((kind) => kind.endsWith('-item'))).toHaveLength(2);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('in any field of a policy lose no policy', async () => {
    const policyKeys =
      'organization organizationId winEnterpriseId admEnterprise name config applications ' +
      'applicationsInfo scripts scriptsInfo admxConfigs admxConfigsInfo assets assetsInfo books ' +
      'bookmarks profiles attachedProfile agentConfiguration segmentId exposeToChildren version';
    const { transport, answerWith } = await startUpstream(pageOf([]));
    const platform = create(transport);
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom(...policyKeys.split(' ')), fc.jsonValue()),
        async (odd) => {
          answerWith(pageOf([{ ...odd, id: policyId }]));
          const page = await platform.listPolicies(startOperation(), asked, {
            page: 1,
            limit: 50,
            sort: { field: 'createdAt', direction: 'ascending' },
          });
          expect(page.items).toMatchObject([
            { sourceId: policyId, platform: name.toUpperCase(), organizationId: asked },
          ]);
        },
      ),
      { numRuns: 100 },
    );
  });

  const listOne = async (token: object, onSurprise?: OnSurprise) => {
    const { transport } = await startUpstream(pageOf([token]));
    const page = await create(transport, onSurprise).listTokens(
      startOperation(),
      asked,
      newestFirst,
    );
    return page.items[0];
  };

  test('a token with only an id has every field, empty', async () => {
    const token = await listOne({ id: 'ABCDEF' });
    expect(token).toMatchObject({
      platform: name.toUpperCase(),
      organizationId: asked,
      sourceId: 'abcdef',
      displayName: null,
      tags: [],
      state: 'UNRECOGNIZED',
      createdAt: null,
      expiresAt: null,
      sortKeys: {
        createdAt: null,
        updatedAt: null,
        expiresAt: null,
        displayName: null,
        state: null,
      },
      enrollmentLink: null,
      enrollmentCode: null,
      user: null,
      policyAssignments: [],
      deviceId: null,
      sendEmail: null,
      segmentId: null,
      config: null,
      enterpriseId: null,
    });
  });

  test('an unknown state is unrecognized and reported', async () => {
    const surprises: string[] = [];
    const token = await listOne({ id: 't1', state: 'SUSPENDED' }, (kind) => surprises.push(kind));
    expect(token?.state).toBe('UNRECOGNIZED');
    expect(surprises).toStrictEqual(['unknown-state']);
  });

  test('an expiry that only the summary has is shown and is no sort key', async () => {
    const token = await listOne({
      id: 't1',
      expireAt: null,
      summary: { expirationTimestamp: '2026-03-15T09: 30:00Z' },
    });
    expect(token?.expiresAt).toBe('2026-03-15T09:30:00.000Z');
    expect(token?.sortKeys.expiresAt).toBeNull();
  });

  test('an empty name is null, and its sort key stays empty', async () => {
    const token = await listOne({ id: 't1', displayName: '' });
    expect(token?.displayName).toBeNull();
    expect(token?.sortKeys.displayName).toBe('');
  });

  test.each([
    ['1', 1],
    [0, 0],
    ['root', null],
    [1.5, null],
    [true, null],
  ])('segment %j is read as %j', async (segmentId, expected) => {
    expect((await listOne({ id: 't1', segmentId }))?.segmentId).toBe(expected);
  });

  test('a user may be an id, or hold more than the documents say', async () => {
    const userId = '5f0000000000000000000005';
    expect((await listOne({ id: 't1', mdmUser: userId }))?.user).toStrictEqual({
      sourceId: userId,
      embeddedFields: { organizationId: asked, sourceId: userId },
    });
    const mdmUser = { id: userId, email: 'ana@example.com', name: '', metadata: {} };
    expect((await listOne({ id: 't1', mdmUser }))?.user).toStrictEqual({
      sourceId: userId,
      embeddedFields: {
        organizationId: asked,
        sourceId: userId,
        email: 'ana@example.com',
        name: null,
      },
    });
    expect((await listOne({ id: 't1', mdmUser: { email: 'ana@example.com' } }))?.user).toBeNull();
  });

  test('a field may hold an object with an id instead of an id', async () => {
    const enterprise = { id: 'e1', name: 'Enterprise' };
    const device = { id: 'd1' };
    const token = await listOne({
      id: 't1',
      organization: { id: '5F00000000000000000000AA' },
      organizationId: { id: '5F00000000000000000000AA' },
      admEnterprise: enterprise,
      winEnterpriseId: enterprise,
      admDevice: device,
      winDeviceId: device,
    });
    expect(token).toMatchObject({
      organizationId: '5f00000000000000000000aa',
      enterpriseId: 'e1',
      deviceId: 'd1',
    });
  });

  test('nesting too deep to serialize is cut, and the page is readable', async () => {
    let deep: unknown = 'bottom';
    for (let depth = 0; depth < 1_500; depth += 1) deep = { deeper: deep };
    const token = await listOne({ id: 't1', config: deep });
    expect(token?.config).toHaveProperty('deeper');
    expect(JSON.stringify(token?.config)).not.toContain('bottom');
  });
});
