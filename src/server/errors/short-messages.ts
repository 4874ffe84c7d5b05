import type { Plugin } from 'graphql-yoga';
import { maxNameLength } from '../telemetry/operation-name.ts';
import { deriveError } from './derived-error.ts';

const suggestion = / Did you mean .*$/s;

/** Characters. Longer messages only repeat what the client sent. */
const maxMessageLength = 600;

const longNames = new RegExp(String.raw`\b\w{${maxNameLength + 1},}`, 'g');

const shorten = (message: string, hidesSuggestions: boolean): string => {
  const text = hidesSuggestions ? message.replace(suggestion, '') : message;
  const short = text.replace(longNames, (name) => `${name.slice(0, maxNameLength)}…`);
  return short.length > maxMessageLength ? `${short.slice(0, maxMessageLength)}…` : short;
};

/**
 * Shortens the error messages of graphql-js and yoga: long names that the client sent are cut, and the JSON parser's
 * excerpt is removed. With `hidesSuggestions`, the suggested names of the schema are removed as well.
 */
export const useShortMessages = (hidesSuggestions: boolean): Plugin => ({
  onResultProcess: ({ result, setResult }) => {
    if (!('errors' in result) || !result.errors) return;
    const errors = result.errors.map((error) => {
      // The gateway's own messages with faults are complete instructions.
      const message =
        'faults' in error.extensions ? error.message : shorten(error.message, hidesSuggestions);
      const { originalError: excerpt, ...extensions } = error.extensions;
      if (message === error.message && excerpt === undefined) return error;
      return deriveError(error, {
        message,
        extensions: {
          ...extensions,
          // Only a body that is not JSON has an excerpt. That is a bad request for any response type.
          ...(excerpt !== undefined && { http: { status: 400 } }),
        },
      });
    });
    setResult({ ...result, errors });
  },
});
