import { CostLimitError, type UnauthenticatedError } from './errors.ts';

/** Limits the calls that one operation makes to the API. It is checked before each attempt. */
export interface CallAllowance {
  /**
   * Counts one attempt. Throws CostLimitError if the operation has made all the attempts that it may, and
   * UnauthenticatedError if the API has refused its credential.
   */
  take(): void;
  /** Uncounts an attempt that was not sent. */
  giveBack(): void;
  /** Makes every further attempt fail, because the API refused the credential. */
  stop(refusal: UnauthenticatedError): void;
  /** The same count with ten more attempts, for reading back the effect of a write that was sent. */
  readonly afterWrite: CallAllowance;
  /** The same count, for work that the answer does not wait for. A refusal of that work does not affect the answer. */
  readonly background: CallAllowance;
  /** Whether an attempt that the answer needs was refused because the limit was reached. */
  isExceeded(): boolean;
  /** Whether the operation has made an attempt, or is about to make one. */
  hasMadeCalls(): boolean;
}

/** Attempts beyond the limit for reading back the effect of a write. */
const extraCallsAfterWrite = 10;

/** The count that all allowances of one operation share. */
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
  readonly #limit: number;
  readonly #isNeeded: boolean;

  constructor(count: Count, maxCalls: number, purpose: 'answer' | 'after-write' | 'background') {
    this.#count = count;
    this.#maxCalls = maxCalls;
    this.#limit = maxCalls + (purpose === 'after-write' ? extraCallsAfterWrite : 0);
    const isForAnswer = purpose === 'answer';
    this.afterWrite = isForAnswer ? new CountedAllowance(count, maxCalls, 'after-write') : this;
    this.background = isForAnswer ? new CountedAllowance(count, maxCalls, 'background') : this;
    this.#isNeeded = purpose !== 'background';
  }

  take(): void {
    if (this.#count.refusal !== null) throw this.#count.refusal;
    if (this.#count.made >= this.#limit) {
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

  hasMadeCalls(): boolean {
    return this.#count.made > 0;
  }
}

/** Creates an allowance of at most `maxCalls` attempts, and ten more after a write. */
export const createCallAllowance = (maxCalls: number): CallAllowance =>
  new CountedAllowance({ made: 0, isExceeded: false, refusal: null }, maxCalls, 'answer');

/** The message for an operation that has made `maxCalls` calls and needs another one. */
export const describeCallLimit = (maxCalls: number): string =>
  `The operation has made ${maxCalls} calls to the API, the most that one operation may make. Ask for smaller pages (first, last), for fewer ids at once, or in several operations.`;
