import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  maxCallsPerBatch,
  maxPolicyCalls,
  type PlanInput,
  planLookups,
} from '../../src/lookups/plan.ts';

const input = (over: Partial<PlanInput>): PlanInput => ({
  missing: 1,
  listSize: null,
  pageSize: 500,
  pagesRead: 0,
  canReadMore: true,
  callsLeft: 100,
  isPartialListEnough: true,
  ...over,
});

const plans: readonly [what: string, over: Partial<PlanInput>, pages: number, gets: number][] = [
  ['one id, unknown list', { missing: 1 }, 0, 1],
  ['two ids, unknown list', { missing: 2 }, 0, 2],
  ['three ids, unknown list', { missing: 3 }, 1, 0],
  ['sixty ids, unknown list', { missing: 60 }, 1, 0],
  ['five hundred ids, unknown list', { missing: 500 }, 1, 0],
  ['one id, small list', { missing: 1, listSize: 40 }, 0, 1],
  ['two ids, small list', { missing: 2, listSize: 40 }, 1, 0],
  ['sixty of 300', { missing: 60, listSize: 300 }, 1, 0],
  ['nothing is in an empty list', { missing: 5, listSize: 0 }, 0, 5],
  ['two ids, a list of two pages', { missing: 2, listSize: 600 }, 0, 2],
  ['ten ids, a list of two pages', { missing: 10, listSize: 600 }, 2, 0],
  ['the last page holds too little', { missing: 10, listSize: 1501 }, 3, 1],
  ['fifty ids, a huge list', { missing: 50, listSize: 100_000 }, 0, 50],
  ['five hundred ids, a big list', { missing: 500, listSize: 20_000 }, 40, 0],
  [
    'five hundred ids, a huge list: as many as the bound',
    { missing: 500, listSize: 500_000 },
    0,
    100,
  ],
  [
    'half missing after the only page',
    { missing: 25, listSize: 300, pagesRead: 1, canReadMore: false },
    0,
    25,
  ],
  [
    'a list larger than thought, after its first page',
    { missing: 3, listSize: 9_000, pagesRead: 1 },
    0,
    3,
  ],
  [
    'a list larger than thought, still worth it',
    { missing: 40, listSize: 2_400, pagesRead: 1 },
    4,
    0,
  ],
  ['continues without giving its size', { missing: 30, pagesRead: 1 }, 1, 0],
  ['has continued for many pages without giving its size', { missing: 5, pagesRead: 8 }, 0, 5],
  [
    'a list that the caller may not read',
    { missing: 60, listSize: 300, canReadMore: false },
    0,
    60,
  ],
  ['little quota left, unknown list', { missing: 50, callsLeft: 3 }, 1, 0],
  ['little quota left, a huge list', { missing: 50, listSize: 100_000, callsLeft: 3 }, 0, 3],
  ['little quota left, a list of four pages', { missing: 50, listSize: 2_000, callsLeft: 3 }, 3, 0],
  ['no call left', { missing: 50, listSize: 300, callsLeft: 0 }, 0, 0],
  [
    'e-mails need the whole list',
    { missing: 10, listSize: 1501, isPartialListEnough: false },
    4,
    0,
  ],
  [
    'e-mails of a list too long',
    { missing: 10, listSize: 9_000, isPartialListEnough: false },
    0,
    10,
  ],
];

describe('the calls of all batches', () => {
  it('are at most 100 for a page of up to ten platforms with its users and policies', () => {
    for (let platforms = 1; platforms <= 10; platforms += 1) {
      const policies = platforms * maxPolicyCalls(platforms);
      expect(platforms + maxCallsPerBatch.user + policies).toBeLessThanOrEqual(100);
    }
  });

  it('are at least one for the policies of each platform', () => {
    expect(maxPolicyCalls(100)).toBe(1);
  });
});

describe('the plan of a batch of lookups', () => {
  it.each(plans)('%s', (_what, over, pages, gets) => {
    expect(planLookups(input(over))).toEqual({ pages, gets });
  });

  it('never takes more calls than one get for each id, and never more than are left', () => {
    fc.assert(
      fc.property(
        fc.record({
          missing: fc.nat(2_000),
          listSize: fc.option(fc.nat(100_000)),
          pageSize: fc.integer({ min: 1, max: 500 }),
          pagesRead: fc.nat(20),
          canReadMore: fc.boolean(),
          callsLeft: fc.nat(100),
          isPartialListEnough: fc.boolean(),
        }),
        (anything) => {
          const { pages, gets } = planLookups(anything);
          expect(pages + gets).toBeLessThanOrEqual(Math.min(anything.missing, anything.callsLeft));
          if (!anything.canReadMore) expect(pages).toBe(0);
        },
      ),
    );
  });
});
