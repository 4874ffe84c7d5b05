import type { GraphQLError } from 'graphql';

interface ErrorChanges {
  readonly message?: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Removes the cause, which callers must not see. */
  readonly hidesCause?: true;
}

/**
 * Derives an error with another message or other extensions, and the same location and path. It does not change the
 * original: equal queries that run once share it. It is not a new GraphQLError either: that would compute its location
 * again, by counting the lines of the document.
 */
export const deriveError = (
  error: GraphQLError,
  { message, extensions, hidesCause }: ErrorChanges,
): GraphQLError =>
  Object.create(error, {
    extensions: { value: extensions, enumerable: true },
    ...(message !== undefined && { message: { value: message, enumerable: true } }),
    ...(hidesCause && { originalError: { value: undefined } }),
  });
