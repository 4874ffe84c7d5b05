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
  /** The same count with more room: for finding out what a write that was sent has done. */
  readonly afterWrite: CallAllowance;
  /** Whether an attempt was refused because there had been too many. */
  readonly isExceeded: () => boolean;
}

/** Attempts beyond the bound that may find out what a write has done. */
const moreAfterWrite = 10;

const tooMany = (most: number): CostLimitError =>
  new CostLimitError(
    `The operation has made ${most} calls to the API, which is as many as one operation may make. Ask for smaller pages (first, last), for fewer ids at once, or in several operations.`,
  );

/** An allowance of at most `maxCalls` attempts, and ten more after a write. */
export const createCallAllowance = (maxCalls: number): CallAllowance => {
  let made = 0;
  let isExceeded = false;
  let refusal: UnauthenticatedError | null = null;

  const withMost = (most: number, afterWrite: CallAllowance | null): CallAllowance => {
    const allowance: CallAllowance = {
      take: () => {
        if (refusal !== null) throw refusal;
        if (made >= most) {
          isExceeded = true;
          throw tooMany(maxCalls);
        }
        made += 1;
      },
      giveBack: () => {
        made -= 1;
      },
      stop: (error) => {
        refusal ??= error;
      },
      get afterWrite() {
        return afterWrite ?? allowance;
      },
      isExceeded: () => isExceeded,
    };
    return allowance;
  };
  return withMost(maxCalls, withMost(maxCalls + moreAfterWrite, null));
};
