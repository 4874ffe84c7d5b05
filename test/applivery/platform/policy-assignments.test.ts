import { describe, expect, test } from 'vitest';
import type { Platform } from '../../../src/domain/platform.ts';
import type { Transport } from '../../../src/rest/transport.ts';
import {
  asked,
  createApple,
  createWindows,
  startUpstream,
  success,
  tokenId,
} from '../../platforms/upstream.ts';
import { startOperation } from '../../rest/harness.ts';

interface Words {
  readonly create: (transport: Transport) => Pick<Platform, 'getToken'>;
  readonly legacy: string;
  readonly list: string;
  readonly id: string;
  readonly policy: string;
}

const platforms: readonly (readonly [string, Words])[] = [
  [
    'Windows',
    {
      create: (transport) => createWindows(transport),
      legacy: 'winPolicyId',
      list: 'winPolicyAssignments',
      id: 'winPolicyId',
      policy: 'winPolicy',
    },
  ],
  [
    'Apple',
    {
      create: (transport) => createApple(transport),
      legacy: 'admPolicy',
      list: 'admPolicyAssignments',
      id: 'admPolicyId',
      policy: 'admPolicy',
    },
  ],
];

const hex = (digit: string): string => digit.repeat(24);

describe.each(platforms)('the policy assignments of a %s token', (_name, words) => {
  const read = async (
    legacy: unknown,
    assignments: unknown,
  ): Promise<readonly (readonly [string, number | null])[]> => {
    const { transport } = await startUpstream(
      success({ id: tokenId, [words.legacy]: legacy, [words.list]: assignments }),
    );
    const token = await words.create(transport).getToken(startOperation(), asked, tokenId);
    return token.policyAssignments.map(({ policyId, priority }) => [policyId, priority]);
  };
  const assignment = (id: unknown, priority: unknown, policy: unknown = {}) => ({
    [words.id]: id,
    [words.policy]: policy,
    priority,
  });

  test('come strongest first: the lowest number, ties by id, no number last', async () => {
    const sent = [
      assignment(hex('1'), null),
      assignment(hex('b'), 100),
      assignment(hex('c'), 0),
      assignment(hex('A'), 100),
      assignment(hex('2'), 'high'),
    ];
    expect(await read(null, sent)).toStrictEqual([
      [hex('c'), 0],
      [hex('a'), 100],
      [hex('b'), 100],
      [hex('1'), null],
      [hex('2'), null],
    ]);
  });

  test('begin with the legacy single policy', async () => {
    expect(await read(hex('f'), [assignment(hex('c'), 0)])).toStrictEqual([
      [hex('f'), null],
      [hex('c'), 0],
    ]);
  });

  test('do not repeat the legacy single policy if it is among them, in any letter case', async () => {
    expect(await read(hex('C'), [assignment(hex('c'), 7)])).toStrictEqual([[hex('c'), 7]]);
  });

  test('take the id from the embedded policy if their own is missing', async () => {
    expect(await read('', [assignment('', 7, { id: hex('d') })])).toStrictEqual([[hex('d'), 7]]);
    expect(await read('', [assignment(undefined, 7, hex('e'))])).toStrictEqual([[hex('e'), 7]]);
  });

  test.each([
    ['null', null],
    ['an empty id', assignment('', 1)],
    ['no id', { priority: 1 }],
    ['a number for an id', assignment(17, 1)],
    ['a path for an id', assignment('../users', 1)],
    ['a text', 'assignment'],
  ])('leave out one of %s and keep its neighbours', async (_case, odd) => {
    expect(await read(undefined, [odd, assignment(hex('c'), 1)])).toStrictEqual([[hex('c'), 1]]);
  });

  test.each([[null], ['none'], [{}], [undefined]])('are empty if %j is sent', async (odd) => {
    expect(await read(undefined, odd)).toStrictEqual([]);
  });
});
