import { ForbiddenError, NotFoundError } from '../../domain/errors.ts';
import type { GatewayContext } from '../context.ts';

/**
 * Resolves a lookup to null if the object does not exist or the caller may not read it, and reports the reason. It adds only
 * one promise to a lookup, because a page has hundreds of them.
 */
export const nullIfMissing = <Item>(
  { onMissing }: GatewayContext,
  noun: 'user' | 'policy',
  lookup: Promise<Item>,
): Promise<Item | null> =>
  lookup.catch((error: unknown) => {
    if (!(error instanceof NotFoundError || error instanceof ForbiddenError)) throw error;
    onMissing(noun, error);
    return null;
  });
