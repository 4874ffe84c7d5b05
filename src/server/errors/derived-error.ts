import type { GraphQLError } from 'graphql';

interface Changes {
  readonly message?: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** Whether what caused the error is left out, as it is not for callers. */
  readonly hidesCause?: true;
}

/**
 * The same error with another message or other extensions, at the same place. The original stays as it is: equal queries
 * that run once share it. A new error would find its line and column again, by counting the lines of the document.
 */
export const deriveError = (
  error: GraphQLError,
  { message, extensions, hidesCause }: Changes,
): GraphQLError =>
  Object.create(error, {
    extensions: { value: extensions, enumerable: true },
    ...(message !== undefined && { message: { value: message, enumerable: true } }),
    ...(hidesCause && { originalError: { value: undefined } }),
  });
