/**
 * Most upstream calls that one batch makes. The ids that they do not answer fail and can be asked for again. With these
 * numbers, a page of 100 tokens with their users and policies stays within 100 calls on up to ten platforms, even if every
 * lookup takes as many calls as possible.
 */
export const maxCallsPerBatch = { user: 50, token: 100 } as const;

/** Most upstream calls that one batch of policies makes. A page can take a batch of each platform, so they share 40 calls. */
export const maxPolicyCalls = (platforms: number): number =>
  Math.max(1, Math.floor(40 / platforms));

/**
 * Most pages that are read for one e-mail address. The API's filter also finds addresses that contain the given one,
 * and only the last page shows that there is no other match.
 */
export const maxPagesPerEmail = 10;

/** From this number of ids on, the first page of a list of unknown size is worth a call. */
const minIdsForList = 3;

/** What is known when a batch, or the rest of it, is planned. */
export interface PlanInput {
  /** Distinct ids still to be found. */
  readonly missing: number;
  /** Items of the whole list; null if that is not known. */
  readonly listSize: number | null;
  readonly pageSize: number;
  /** Pages of the list that were read, from the first one on. */
  readonly pagesRead: number;
  /** Whether more pages can be read: the list has not ended, and the caller may read it. */
  readonly canReadMore: boolean;
  /** Calls that may still be made, at least 0. */
  readonly callsLeft: number;
  /** Whether a part of the list can answer an id. An e-mail address is only known to be unique in the complete list. */
  readonly isPartialListEnough: boolean;
}

/** The next step: if `pages` is not 0, read that many list pages and plan again; if it is 0, get `gets` ids one by one. */
export interface Plan {
  readonly pages: number;
  /** Ids to get one by one. If pages come first, the number expected after them. */
  readonly gets: number;
}

const itemsNotRead = ({ listSize, pageSize, pagesRead, missing }: PlanInput): number => {
  const itemsRead = pagesRead * pageSize;
  if (listSize !== null) return Math.max(0, listSize - itemsRead);
  if (pagesRead > 0) return itemsRead;
  return missing >= minIdsForList ? pageSize : 0;
};

/**
 * Plans the fewest calls that answer a batch of lookups. It is a pure function and cheap, so the batch plans again
 * after each answer.
 *
 * Each call counts as one, however much it returns, because the quota counts calls. The model assumes that the ids are
 * spread evenly over the unread part of the list: pages that hold a share of it find that share of the ids, and each
 * other id takes one get (rounded up). Among all numbers of pages, the plan takes the one that answers most ids within
 * the calls left. If several do, it takes the one with the fewest calls, and then the one with the fewest pages, since
 * a page carries more bytes than a get. Ids that no longer exist, or a list that has grown, make the model wrong, which
 * the next plan corrects.
 *
 * A list of unknown size is assumed to fit on its first page. If it continues without giving its size, it is assumed to
 * be twice as long as the part that was read.
 */
export const planLookups = (input: PlanInput): Plan => {
  const { missing, pageSize, callsLeft } = input;
  const unread = input.canReadMore ? itemsNotRead(input) : 0;
  let best: Plan = { pages: 0, gets: Math.min(missing, callsLeft) };
  let maxAnswered = best.gets;
  for (let pages = 1; pages <= Math.min(Math.ceil(unread / pageSize), callsLeft); pages += 1) {
    const share = Math.min(1, (pages * pageSize) / unread);
    const found = share === 1 || input.isPartialListEnough ? Math.floor(missing * share) : 0;
    const gets = Math.min(missing - found, callsLeft - pages);
    const answered = found + gets;
    const hasFewerCalls = answered === maxAnswered && pages + gets < best.pages + best.gets;
    if (answered > maxAnswered || hasFewerCalls) {
      best = { pages, gets };
      maxAnswered = answered;
    }
  }
  return best;
};
