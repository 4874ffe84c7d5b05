import type { ConnectionPage, PageArguments } from '../../../src/paging/types.ts';
import { type CursorMark, demand, type Promises } from './promises.ts';
import type { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import type { Doc } from './upstream.ts';
import type { World } from './world.ts';

interface UnionComparison {
  readonly scenario: Scenario;
  readonly world: World;
  readonly promises: Promises;
  readonly random: Random;
  readonly read: (page: PageArguments) => Promise<ConnectionPage<Doc>>;
}

/** If the lists do not change, any page from any cursor is a slice of the sorted union of the lists. */
export const compareWithUnion = async (
  { scenario, world, promises, random, read }: UnionComparison,
  marks: readonly CursorMark[],
): Promise<void> => {
  const { maxLimit, clamps, sources } = scenario;
  if (scenario.hasOwnCollation || promises.mayHaveOversizedTies) return;
  const unique = new Map(world.upstream.all().map((doc) => [doc.id, doc]));
  // An item that cannot be read may be the one that was asked for, which takes another call.
  const isReadable = [...unique.values()].every(({ isUnreadable, sent }) => !isUnreadable && !sent);
  const union = [...unique.values()]
    .filter((doc) => !doc.isUnreadable && promises.matches(doc))
    .sort((left, right) => promises.sign * world.compare(left, right));
  const indexOf = new Map(union.map(({ id }, index) => [id, index]));
  for (let probe = 0; probe < 6; probe += 1) {
    const after = random.chance(0.6) ? marks[random.below(marks.length)] : undefined;
    const before = random.chance(0.6) ? marks[random.below(marks.length)] : undefined;
    const low = after?.edge == null ? 0 : (indexOf.get(after.edge) ?? 0) + 1;
    const high = before?.edge == null ? union.length : (indexOf.get(before.edge) ?? 0);
    const size = random.pick([0, 1, 7, 30]);
    const forward = random.chance(0.5);
    const ends = { after: after?.cursor ?? null, before: before?.cursor ?? null };
    const callsBefore = world.upstream.calls.length;
    const page = await read(forward ? { first: size, ...ends } : { last: size, ...ends });
    const slice = union.slice(low, Math.max(low, high));
    const cut = forward ? slice.slice(0, size) : slice.slice(Math.max(0, slice.length - size));
    const got = page.edges.map(({ node }) => node.id);
    demand(
      got.join() === cut.map(({ id }) => id).join(),
      () => `a slice (${low}, ${high}) of ${size}: ${got.length} edges differ from ${cut.length}`,
    );
    if (low > high) continue;
    const hasMore = slice.length > size;
    const hasNext = forward ? hasMore : high < union.length;
    const hasPrevious = forward ? low > 0 : hasMore;
    demand(
      page.hasNextPage === hasNext,
      () => `hasNextPage of (${low}, ${high}) must be ${hasNext}`,
    );
    demand(
      page.hasPreviousPage === hasPrevious,
      () => `hasPreviousPage of (${low}, ${high}) must be ${hasPrevious}`,
    );
    const { totals, hasTies, order } = scenario;
    const isUnique = !hasTies && (order.field === 'createdAt' || order.field === 'updatedAt');
    if (
      isReadable &&
      totals === 'right' &&
      isUnique &&
      Math.min(maxLimit, ...clamps) >= 100 &&
      low < high
    ) {
      const calls = world.upstream.calls.length - callsBefore;
      demand(calls === sources.length, () => `${calls} calls for ${sources.length} sources`);
    }
  }
};
