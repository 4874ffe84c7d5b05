import DataLoader from 'dataloader';
import { NotFoundError } from '../domain/errors.ts';
import type { Operation, SavingCause } from '../domain/operation.ts';

/** Finds each key of a batch; a key that is left out was not found. */
export type FindBatch<Key, Value> = (
  keys: readonly Key[],
) => Promise<ReadonlyMap<Key, Value | Error>>;

/** One operation's objects of one kind in one organization, by id. */
export interface ByIdLoader<Key, Value> {
  /** Rejects with the key's own error, which leaves the other keys of its batch alone. */
  readonly load: (key: Key) => Promise<Value>;
  /** Takes what came another way; what is there already stays. */
  readonly prime: (key: Key, value: Value) => void;
}

/**
 * Gathers keys into batches, each key once an operation. A batch closes when the event loop has nothing left to run
 * but input and output: resolvers of any depth that wait for nothing but one another so share a batch, at the price of
 * less than a millisecond. DataLoader's own schedule would split them by the number of promises in between.
 */
export const createByIdLoader = <Key extends string, Value>(
  operation: Operation,
  find: FindBatch<Key, Value>,
): ByIdLoader<Key, Value> => {
  const spares = new Map<Key, SavingCause>();
  const loader = new DataLoader<Key, Value>(
    async (keys) => {
      const outcomes = await find(keys);
      return keys.map((key) => outcomes.get(key) ?? new NotFoundError('It does not exist.'));
    },
    { batchScheduleFn: (dispatch) => void setImmediate(dispatch) },
  );
  return {
    load: (key) => {
      const spare = spares.get(key);
      if (spare === undefined) spares.set(key, 'loader');
      else operation.onSaved?.(spare, 1);
      return loader.load(key);
    },
    prime: (key, value) => {
      if (!spares.has(key)) spares.set(key, 'embedded');
      loader.prime(key, value);
    },
  };
};
