import type { Plugin } from 'graphql-yoga';
import { maxNameLength } from '../telemetry/operation-name.ts';
import { deriveError } from './derived-error.ts';

const suggestion = / Did you mean .*$/s;

/** Longer messages only echo what was sent. */
const longestMessage = 600;

const longNames = new RegExp(String.raw`\b\w{${maxNameLength + 1},}`, 'g');

const shorten = (message: string, hidesSuggestions: boolean): string => {
  const text = hidesSuggestions ? message.replace(suggestion, '') : message;
  const short = text.replace(longNames, (name) => `${name.slice(0, maxNameLength)}…`);
  return short.length > longestMessage ? `${short.slice(0, longestMessage)}…` : short;
};

/**
 * Keeps what the server itself says of a request short: without long echoes of what was sent, without the parser's
 * excerpt of it and, where the schema is not shown, without the names that would have been right.
 */
export const useShortMessages = (hidesSuggestions: boolean): Plugin => ({
  onResultProcess: ({ result, setResult }) => {
    if (!('errors' in result) || !result.errors) return;
    const errors = result.errors.map((error) => {
      // The gateway's own lists of faults say what to do about each.
      const message =
        'faults' in error.extensions ? error.message : shorten(error.message, hidesSuggestions);
      const { originalError: excerpt, ...extensions } = error.extensions;
      if (message === error.message && excerpt === undefined) return error;
      return deriveError(error, {
        message,
        extensions: {
          ...extensions,
          // Only a body that is no JSON comes with an excerpt: that is a bad request, however the caller wants answers.
          ...(excerpt !== undefined && { http: { status: 400 } }),
        },
      });
    });
    setResult({ ...result, errors });
  },
});
