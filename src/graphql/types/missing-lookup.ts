import { ForbiddenError, NotFoundError } from '../../domain/errors.ts';
import type { GatewayContext } from '../context.ts';

/**
 * What was looked up; null, with the reason told, where it does not exist or the caller may not read it. A page has
 * hundreds of them: it adds one promise to each.
 */
export const nullIfMissing = <Item>(
  { onMissing }: GatewayContext,
  noun: 'user' | 'policy',
  looking: Promise<Item>,
): Promise<Item | null> =>
  looking.catch((error: unknown) => {
    if (!(error instanceof NotFoundError || error instanceof ForbiddenError)) throw error;
    onMissing(noun, error);
    return null;
  });
