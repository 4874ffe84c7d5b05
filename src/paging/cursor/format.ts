import type { Buffer } from 'node:buffer';
import { hash } from 'node:crypto';
import { canonicalText } from '../../domain/canonical-input.ts';
import type { ConnectionOrder, CursorBinding, PartialCursorBinding } from '../types.ts';

/**
 * The bytes of a cursor, in base64url: the version, four digests that bind it, the anchor, one boundary and hint for
 * each source, and a checksum. Cursors that were given out must stay readable: a change of the format needs a new
 * version.
 */
export const version = 1;
export const checksumLength = 4;
export const digestLength = 4;

/** Bits of the byte before a position. `inferredFlags` use the same byte. */
export const positionFlags = { firstTie: 1, lastTie: 2, oversizedTies: 4 } as const;

/** Bits that say from which side a key was inferred. */
export const inferredFlags = { above: 8, below: 16 } as const;

/** Bits of the byte that describes `passed` of an oversized tie group; 0 if it is null. `inferredFlags` use it too. */
export const passedFlags = { forward: 1, backward: 2, itemIsAhead: 4 } as const;

/** Bits of the byte before an offset hint; 0 if there is none. */
export const hintFlags = { some: 1, collationUnknown: 2, neighbours: 4 } as const;

const digest = (content: string): Buffer =>
  hash('sha256', content, 'buffer').subarray(0, digestLength);

/** The digests that bind a cursor, each with the name that an error message gives it. */
export const bindingDigests = (
  binding: CursorBinding | PartialCursorBinding,
  order: ConnectionOrder,
): readonly (readonly [string, Buffer])[] => {
  const organizationId = 'organizationId' in binding ? binding.organizationId : null;
  const parts = [
    ['connection', binding.connection],
    ['organization', organizationId],
    ['filter', binding.filter ?? null],
    ['order', [order.field, order.direction]],
  ] as const;
  return parts.map(([name, value]) => [name, digest(canonicalText([name, value]))] as const);
};
