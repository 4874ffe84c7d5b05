import { ForbiddenError, NotFoundError } from '../../domain/errors.ts';
import type { GatewayContext } from '../context.ts';

/** Whether a lookup failed because the object does not exist or the caller may not read it. If so, reports the reason. */
export const reportIfMissing = (
  { onMissing }: GatewayContext,
  noun: 'user' | 'policy',
  error: unknown,
): boolean => {
  if (!(error instanceof NotFoundError || error instanceof ForbiddenError)) return false;
  onMissing(noun, error);
  return true;
};

/**
 * Resolves a lookup to null if the object does not exist or the caller may not read it, and reports the reason. It adds only
 * one promise to a lookup, because a page has hundreds of them.
 */
export const nullIfMissing = <Item>(
  context: GatewayContext,
  noun: 'policy',
  lookup: Promise<Item>,
): Promise<Item | null> =>
  lookup.catch((error: unknown) => {
    if (!reportIfMissing(context, noun, error)) throw error;
    return null;
  });
