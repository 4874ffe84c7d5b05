/**
 * Most upstream calls that one batch makes; ids past them fail, to be asked for again. A page of a hundred tokens with
 * their users and the policies of two platforms so stays within a hundred calls, even where every lookup goes wrong.
 */
export const mostCallsPerBatch = { policy: 20, user: 50, token: 100 } as const;

/**
 * Most pages that are read for one e-mail address: the API's filter finds every address that holds it, and only the last
 * page tells that there is no other match.
 */
export const mostPagesPerEmail = 10;

/** From so many ids on, the first page of a list of unknown size is worth a call. */
const fewIds = 3;

/** What is known when a batch, or what is left of it, is planned. */
export interface PlanInput {
  /** Distinct ids still to be found. */
  readonly missing: number;
  /** Items of the whole list; null where nobody knows. */
  readonly listSize: number | null;
  /** Items on one page of the list. */
  readonly pageSize: number;
  /** Pages of the list that were read already, from the first one on. */
  readonly pagesRead: number;
  /** Whether more pages can be read: the list has not ended, and the caller may read it. */
  readonly listOpen: boolean;
  /** Calls that may still be made, at least 0. */
  readonly callsLeft: number;
  /** Whether a part of the list answers anything; an e-mail is known to be unique in the whole list only. */
  readonly partsAnswer: boolean;
}

/** What to do next: read `pages` list pages and plan again, or, where that is 0, get `gets` ids one by one. */
export interface Plan {
  readonly pages: number;
  /** Get-ones to make; where pages come first, those expected after them. */
  readonly gets: number;
}

const itemsNotRead = ({ listSize, pageSize, pagesRead, missing }: PlanInput): number => {
  const itemsRead = pagesRead * pageSize;
  if (listSize !== null) return Math.max(0, listSize - itemsRead);
  if (pagesRead > 0) return itemsRead;
  return missing >= fewIds ? pageSize : 0;
};

/**
 * The fewest calls that answer a batch of lookups. Pure, and cheap enough to ask again after every answer.
 *
 * The cost model: a call costs one, whatever it carries, since calls are what the quota counts. The ids lie evenly
 * spread over the part of the list that was not read: pages that hold a share of it find that share of the ids, and
 * every other id costs a get-one (rounded up). Of all numbers of pages it takes the one that answers most ids within
 * the calls left, then the one with fewest calls, then the one with fewest pages, since a page carries more bytes than
 * a get-one. Ids that are gone, or a list that has grown, prove the model wrong: hence the planning after each answer.
 *
 * A list of unknown size is worth trying for more than a few ids; it is then taken to fit its first page, and where it
 * goes on without telling its size, to be twice as long as what was read.
 */
export const planLookups = (input: PlanInput): Plan => {
  const { missing, pageSize, callsLeft } = input;
  const unread = input.listOpen ? itemsNotRead(input) : 0;
  let best: Plan = { pages: 0, gets: Math.min(missing, callsLeft) };
  let mostAnswered = best.gets;
  for (let pages = 1; pages <= Math.min(Math.ceil(unread / pageSize), callsLeft); pages += 1) {
    const share = Math.min(1, (pages * pageSize) / unread);
    const found = share === 1 || input.partsAnswer ? Math.floor(missing * share) : 0;
    const gets = Math.min(missing - found, callsLeft - pages);
    const answered = found + gets;
    const fewerCalls = answered === mostAnswered && pages + gets < best.pages + best.gets;
    if (answered > mostAnswered || fewerCalls) {
      best = { pages, gets };
      mostAnswered = answered;
    }
  }
  return best;
};
