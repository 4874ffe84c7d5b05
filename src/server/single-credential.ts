import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

interface NodeRequest {
  readonly headersDistinct: Readonly<Record<string, readonly string[] | undefined>>;
}

const hasNodeRequest = (context: object): context is { readonly req: NodeRequest } =>
  'req' in context &&
  typeof context.req === 'object' &&
  context.req !== null &&
  'headersDistinct' in context.req;

/**
 * Refuses a request with several Authorization headers. Node keeps the first and drops the others; a proxy that looked
 * at another one would have checked a credential that is not the one in use.
 */
export const useSingleCredential = (): Plugin => ({
  onRequestParse: ({ serverContext }) => {
    if (!hasNodeRequest(serverContext)) return;
    const { length = 0 } = serverContext.req.headersDistinct['authorization'] ?? [];
    if (length < 2) return;
    throw new GraphQLError(
      `The request has ${length} Authorization headers, and it is not clear which one counts. Send one.`,
      { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } },
    );
  },
});
