import DataLoader from 'dataloader';
import { NotFoundError } from '../domain/errors.ts';
import type { Operation, SavingCause } from '../domain/operation.ts';

/** Finds the keys of a batch. A key without an entry in the result was not found. */
export type FindBatch<Key, Value> = (
  keys: readonly Key[],
) => Promise<ReadonlyMap<Key, Value | Error>>;

/** Loads objects of one kind in one organization, for one operation. */
export interface BatchLoader<Key, Value> {
  /** Rejects with the key's own error. The other keys of the batch are not affected. */
  readonly load: (key: Key) => Promise<Value>;
  /** Adds a value that was read elsewhere, unless there already is one for the key. */
  readonly prime: (key: Key, value: Value) => void;
}

/**
 * Creates a loader that looks each key up once and gathers keys into batches. A batch closes at the end of the event
 * loop's current turn. So resolvers of different depths share a batch, which DataLoader's own schedule would split by
 * the number of promises between them. The price is less than a millisecond.
 */
export const createBatchLoader = <Key extends string, Value>(
  operation: Operation,
  find: FindBatch<Key, Value>,
): BatchLoader<Key, Value> => {
  /** What saves the call if the key is loaded again. */
  const savings = new Map<Key, SavingCause>();
  const loader = new DataLoader<Key, Value>(
    async (keys) => {
      const outcomes = await find(keys);
      return keys.map((key) => outcomes.get(key) ?? new NotFoundError('It does not exist.'));
    },
    { batchScheduleFn: (dispatch) => void setImmediate(dispatch) },
  );
  return {
    load: (key) => {
      const saving = savings.get(key);
      if (saving === undefined) savings.set(key, 'loader');
      else operation.onSaved?.(saving, 1);
      return loader.load(key);
    },
    prime: (key, value) => {
      if (!savings.has(key)) savings.set(key, 'embedded');
      loader.prime(key, value);
    },
  };
};
