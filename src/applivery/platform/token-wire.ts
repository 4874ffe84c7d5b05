import { z } from 'zod';
import { transform } from 'zod/mini';
import {
  digitsOrInteger,
  expiryTimestamp,
  isObject,
  itemId,
  itemIdForm,
  lenientBoolean,
  lenientList,
  lenientObject,
  lenientString,
  lenientStringList,
  lenientTimestamp,
  segmentNumber,
  unreadable,
} from '../fields/fields.ts';
import { freeFormObject } from '../fields/free-form.ts';

/** Returns the id in a field that holds an id or an object with one. Null if there is none. */
export const referencedId = (value: unknown): string | null => {
  const id = isObject(value) ? value['id'] : value;
  return typeof id === 'string' && itemIdForm.test(id) ? id : null;
};

/** Whether a value stands for no object in the API: `{}`, `""`, null, or an absent key. */
export const isNothing = (value: unknown): boolean => {
  if (!isObject(value)) return value === '' || value === null || value === undefined;
  for (const _key in value) return false;
  return true;
};

/** An id, or an object that holds one: the API may fill in fields without the suffix `Id` (CONTRACT 7, row 9). */
export const reference = transform((value: unknown): string | null => {
  const id = referencedId(value);
  return id ?? unreadable('unreadable-id', isNothing(value) ? null : value);
});

/** Any value, or an absent key, for fields that are parsed later. */
export const anything = transform((value: unknown): unknown => value);

/** The fields that a token has under the same name on every platform (CONTRACT 3.5, 4.4). */
export const tokenWireShape = {
  id: itemId,
  mdmUser: anything,
  // An empty text stays `""`, since the API sorts by it.
  displayName: transform((value: unknown) =>
    typeof value === 'string' ? value : unreadable('unreadable-text', value),
  ),
  tags: lenientStringList,
  state: anything,
  config: freeFormObject,
  type: lenientString,
  subType: lenientString,
  createdAt: lenientTimestamp,
  updatedAt: lenientTimestamp,
  expireAt: expiryTimestamp,
  summary: lenientObject(z.object({ expirationTimestamp: expiryTimestamp })),
  enrollmentLink: lenientString,
  enrollCode: lenientString,
  sendEmail: lenientBoolean,
  emailText: lenientString,
  // The tables document an integer; every example has the string "1".
  segmentId: segmentNumber,
};

const tokenWire = z.object(tokenWireShape);
export type TokenWire = z.infer<typeof tokenWire>;

const assignment = z.object({ policyId: anything, policy: anything, priority: digitsOrInteger });

/** One assignment of a token. `policy` is anything from `{}` to a whole policy. */
export type SentAssignment = z.output<typeof assignment>;

/** A list of policy assignments. `keys` are the platform's own keys of an entry. */
export const assignmentList = (keys: { readonly policyId: string; readonly policy: string }) =>
  lenientList(
    z.pipe(
      // By hand, since `objectOf` takes longer and a page has thousands of assignments.
      transform((entry: unknown) =>
        isObject(entry)
          ? {
              policyId: entry[keys.policyId],
              policy: entry[keys.policy],
              priority: entry['priority'],
            }
          : entry,
      ),
      assignment,
    ),
  );
