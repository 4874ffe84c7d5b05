import { print } from '@0no-co/graphql.web';
import { initGraphQLTada, type TadaDocumentNode } from 'gql.tada';
import { createContext, use } from 'react';
import type { introspection } from './graphql-env.d.ts';

/** Types each operation with the gateway's schema. A field that is not in the schema does not compile. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; URL: string; JSON: unknown };
}>();

/** The error of an operation that returned no data. The gateway's operators need the `requestId` to find its log lines. */
export class GatewayError extends Error {
  readonly code: string;
  readonly requestId: string | undefined;

  constructor(message: string, code: string, requestId?: string) {
    super(message);
    this.code = code;
    this.requestId = requestId;
  }
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string; readonly requestId?: string };
  }[];
}

/** Runs an operation; throws a GatewayError if the answer has no data. */
export type Ask = <Data, Variables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
) => Promise<Data>;

const refuseAsUnreachable = (signal?: AbortSignal): never => {
  signal?.throwIfAborted();
  const message = 'The gateway cannot be reached. Check that it is running, then try again.';
  throw new GatewayError(message, 'UNREACHABLE');
};

/** The headers of a request with this API key. */
export const headersFor = (apiKey: string): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  ...(apiKey && { authorization: `Bearer ${apiKey}` }),
});

/** Creates a function that runs operations with this API key. With the gateway's sandbox the key may be empty. */
export const createAsk =
  (apiKey: string): Ask =>
  async <Data>(
    document: TadaDocumentNode<Data, never>,
    variables: unknown,
    signal?: AbortSignal,
  ) => {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: headersFor(apiKey),
      body: JSON.stringify({ query: print(document), variables }),
      signal,
    }).catch(() => refuseAsUnreachable(signal));
    // If the gateway is stopped, the page's server answers instead of it, and not in JSON.
    const answer = await response.json().catch(() => refuseAsUnreachable(signal));
    const { data, errors = [] }: Answer<Data> = answer;
    const hasData = data && Object.values(data).some((value) => value !== null);
    // If a part failed, it is null, and the page shows the rest. If all is null after an error, nothing is known.
    if (data && (hasData || errors.length === 0)) return data;
    const { message = `The gateway answered ${response.status}.`, extensions } = errors[0] ?? {};
    throw new GatewayError(message, extensions?.code ?? 'UNKNOWN', extensions?.requestId);
  };

export const AskContext = createContext<Ask>(createAsk(''));

export const useAsk = (): Ask => use(AskContext);
