import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Answers with status 400 if the variables or extensions of a GET are not JSON. yoga would report an internal error. */
export const useQueryString = (): Plugin => ({
  onRequestParse: ({ request, requestParser, setRequestParser }) => {
    if (request.method !== 'GET' || requestParser === undefined) return;
    setRequestParser((given) => {
      try {
        return requestParser(given);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        throw new GraphQLError('The variables and extensions of a GET must be JSON.', {
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        });
      }
    });
  },
});
