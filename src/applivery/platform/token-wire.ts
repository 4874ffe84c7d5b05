import { z } from 'zod';
import { transform } from 'zod/mini';
import {
  expiryTimestamp,
  isObject,
  itemId,
  itemIdForm,
  lenientBoolean,
  lenientEmail,
  lenientObject,
  lenientString,
  lenientStringList,
  lenientTimestamp,
  nesting,
  segmentNumber,
  unreadable,
} from '../fields/fields.ts';
import { freeFormObject } from '../fields/free-form.ts';

/** The id that a field names: an id itself, or an object that holds one; null where there is none. */
export const referencedId = (value: unknown): string | null => {
  const id = isObject(value) ? value['id'] : value;
  return typeof id === 'string' && itemIdForm.test(id) ? id : null;
};

/** Whether a value is one of the ways in which the API says that there is no object: `{}`, `""`, null, or no key. */
export const isNothing = (value: unknown): boolean => {
  if (!isObject(value)) return value === '' || value === null || value === undefined;
  for (const _key in value) return false;
  return true;
};

/** An id, or an object that holds one: fields without the suffix `Id` may be filled in (CONTRACT 7, row 9). */
export const reference = transform((value: unknown): string | null => {
  const id = referencedId(value);
  // `{}` and "" are how the API says that there is none.
  return id ?? unreadable('unreadable-id', isNothing(value) ? null : value);
});

/** Anything at all, an absent key too: for fields that are read further on. */
export const anything = transform((value: unknown): unknown => value);

/** The entries of a list in their places, null where one cannot be read; no list at all is an empty one. */
export const placedList = <Item>(item: z.core.$ZodType<Item>) =>
  nesting(item, (value: unknown): readonly (Item | null)[] =>
    Array.isArray(value)
      ? value.map(
          (entry) => z.safeParse(item, entry).data ?? unreadable('unreadable-object', entry),
        )
      : (unreadable('unreadable-list', value) ?? []),
  );

/** The fields that a token has under the same name on every platform (CONTRACT 3.5, 4.4). */
export const tokenWireShape = {
  id: itemId,
  mdmUser: anything,
  // Kept as sent, `""` too: the API sorts by it.
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
  // An integer by the tables, the string "1" in every example.
  segmentId: segmentNumber,
};

const tokenWire = z.object(tokenWireShape);
export type TokenWire = z.infer<typeof tokenWire>;

/** A user as a token embeds it: an id and an e-mail by the documents, the rest where it is sent. */
export const embeddedUserWire = z.object({
  email: lenientEmail,
  name: lenientString,
  tags: lenientStringList,
  language: lenientString,
  managedAppleId: lenientString,
  createdAt: lenientTimestamp,
  updatedAt: lenientTimestamp,
});

/** One assignment of a token, whatever the platform calls its fields. `policy` is anything from `{}` to a whole policy. */
export interface SentAssignment {
  readonly policyId: unknown;
  readonly policy: unknown;
  readonly priority: number | null;
}
