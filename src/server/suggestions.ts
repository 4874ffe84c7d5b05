import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const suggestion = / Did you mean .*$/s;

/** Longer messages only echo what was sent. */
const longestMessage = 600;

const shorten = (message: string, hidesSuggestions: boolean): string => {
  const text = hidesSuggestions ? message.replace(suggestion, '') : message;
  return text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
};

/**
 * Keeps what GraphQL itself says of an operation short: without long echoes of what was sent and, where the schema is
 * not shown, without the names that would have been right.
 */
export const useShortMessages = (hidesSuggestions: boolean): Plugin => ({
  onResultProcess: ({ result, setResult }) => {
    if (!('errors' in result) || !result.errors) return;
    const errors = result.errors.map((error) => {
      // The gateway's own lists of faults say what to do about each.
      const message =
        'faults' in error.extensions ? error.message : shorten(error.message, hidesSuggestions);
      if (message === error.message) return error;
      const { nodes, source, positions, path, originalError, extensions } = error;
      return new GraphQLError(message, nodes, source, positions, path, originalError, extensions);
    });
    setResult({ ...result, errors });
  },
});
