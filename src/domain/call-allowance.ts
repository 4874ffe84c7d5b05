import { CostLimitError, type UnauthenticatedError } from './errors.ts';

/** The attempts that one operation may make at the API. It is asked before each of them, whatever was estimated. */
export interface CallAllowance {
  /**
   * Counts one attempt. Throws CostLimitError if the operation has made as many as it may, and the refusal of its
   * credential if the API has refused it before.
   */
  take(): void;
  /** Takes back an attempt that was counted and then not sent. */
  giveBack(): void;
  /** No further attempt is made: the API refused the credential. */
  stop(refusal: UnauthenticatedError): void;
  /** The same count with ten attempts more: for finding out what a write that was sent has done. */
  readonly afterWrite: CallAllowance;
  /** The same count, for work that the answer does not wait for: the answer is whole even if that is refused. */
  readonly background: CallAllowance;
  /** Whether an attempt that the answer needs was refused because there had been too many. */
  isExceeded(): boolean;
}

/** Attempts beyond the bound that may find out what a write has done. */
const moreAfterWrite = 10;

/** What all allowances of one operation count together. */
interface Count {
  made: number;
  isExceeded: boolean;
  refusal: UnauthenticatedError | null;
}

class CountedAllowance implements CallAllowance {
  readonly afterWrite: CallAllowance;
  readonly background: CallAllowance;
  readonly #count: Count;
  readonly #maxCalls: number;
  readonly #most: number;
  readonly #isNeeded: boolean;

  constructor(count: Count, maxCalls: number, purpose: 'answer' | 'after-write' | 'background') {
    this.#count = count;
    this.#maxCalls = maxCalls;
    this.#most = maxCalls + (purpose === 'after-write' ? moreAfterWrite : 0);
    const isAnswer = purpose === 'answer';
    this.afterWrite = isAnswer ? new CountedAllowance(count, maxCalls, 'after-write') : this;
    this.background = isAnswer ? new CountedAllowance(count, maxCalls, 'background') : this;
    this.#isNeeded = purpose !== 'background';
  }

  take(): void {
    if (this.#count.refusal !== null) throw this.#count.refusal;
    if (this.#count.made >= this.#most) {
      this.#count.isExceeded ||= this.#isNeeded;
      throw new CostLimitError(describeCallLimit(this.#maxCalls));
    }
    this.#count.made += 1;
  }

  giveBack(): void {
    this.#count.made -= 1;
  }

  stop(refusal: UnauthenticatedError): void {
    this.#count.refusal ??= refusal;
  }

  isExceeded(): boolean {
    return this.#count.isExceeded;
  }
}

/** An allowance of at most `maxCalls` attempts, and ten more after a write. */
export const createCallAllowance = (maxCalls: number): CallAllowance =>
  new CountedAllowance({ made: 0, isExceeded: false, refusal: null }, maxCalls, 'answer');

/** The message for an operation that has made `maxCalls` calls and needs another one. */
export const describeCallLimit = (maxCalls: number): string =>
  `The operation has made ${maxCalls} calls to the API, the most that one operation may make. Ask for smaller pages (first, last), for fewer ids at once, or in several operations.`;
