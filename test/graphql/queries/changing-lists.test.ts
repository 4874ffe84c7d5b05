import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAsk, type Gateway } from '../../support/gateway/gateway.ts';
import { idsOf, storedTokens } from '../../support/upstream/stored-tokens.ts';
import { at, mutate, startWriteWorld, type WriteWorld } from '../mutations/world.ts';

let world: WriteWorld;
let second: Pick<Gateway, 'ask'>;

beforeAll(async () => {
  world = await startWriteWorld({ tokens: 5_000 });
  second = { ask: createAsk(world.url, `Bearer ${world.sandbox.apiKey}`) };
});
afterAll(() => world.close());

const pages = {
  forwards: `query ($size: Int, $cursor: String) {
    enrollmentTokens(first: $size, after: $cursor) {
      nodes { id sourceId } pageInfo { comesMore: hasNextPage cursor: endCursor }
    }
  }`,
  backwards: `query ($size: Int, $cursor: String) {
    enrollmentTokens(last: $size, before: $cursor) {
      nodes { id sourceId } pageInfo { comesMore: hasPreviousPage cursor: startCursor }
    }
  }`,
} as const;

interface Page {
  readonly nodes: readonly { readonly id: string; readonly sourceId: string }[];
  readonly pageInfo: { readonly comesMore: boolean; readonly cursor: string | null };
}

describe('a list that a second client creates in and revokes from', () => {
  const read = async (
    way: keyof typeof pages,
    size: number,
    cursor: string | null,
  ): Promise<Page> => {
    const { data, errors } = await world.ask(pages[way], { variables: { size, cursor } });
    expect(errors).toEqual([]);
    const { nodes, pageInfo } = data.enrollmentTokens;
    // Also backward, the node nearest to the cursor is the last one that was reached.
    return { nodes: way === 'forwards' ? nodes : nodes.toReversed(), pageInfo };
  };

  const create = (turn: number) => {
    const name = turn % 2 === 0 ? 'createWindowsEnrollmentToken' : 'createAppleEnrollmentToken';
    return mutate(second, name, {
      userId: at(world.users, turn % world.users.length).id,
      sendEmail: false,
    });
  };

  it.each([
    'forwards',
    'backwards',
  ] as const)('gives each of 5,000 tokens that stays exactly once, %s', async (way) => {
    const before = new Set(idsOf(storedTokens(world.sandbox)));
    const revoked = new Set<string>();
    const found: string[] = [];
    for (let turn = 0, cursor: string | null = null, comesMore = true; comesMore; turn += 1) {
      const page = await read(way, [100, 99, 100, 61][turn % 4] ?? 100, cursor);
      found.push(...page.nodes.map(({ sourceId }) => sourceId));
      ({ cursor, comesMore } = page.pageInfo);
      // Revokes the token of the cursor, or one before it.
      const gone = turn % 3 === 0 ? page.nodes[turn % 8] : page.nodes.at(-1);
      if (gone === undefined) continue;
      revoked.add(gone.sourceId);
      const changes = await Promise.all([
        create(turn),
        mutate(second, 'revokeEnrollmentToken', { id: gone.id }),
      ]);
      expect(changes.flatMap(({ userErrors }) => userErrors)).toEqual([]);
    }
    const after = new Set(idsOf(storedTokens(world.sandbox)));
    const stayed = [...before].filter((id) => after.has(id));
    expect(stayed.length).toBeGreaterThan(4_000);
    expect(revoked.size).toBeGreaterThan(40);
    expect(after.size - stayed.length).toBeGreaterThan(40);
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((id) => before.has(id) && after.has(id)).toSorted()).toEqual(
      stayed.toSorted(),
    );
  });
});
