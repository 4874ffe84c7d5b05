import { print } from '@0no-co/graphql.web';
import { initGraphQLTada, type TadaDocumentNode } from 'gql.tada';
import { createContext, use } from 'react';
import type { introspection } from './graphql-env.d.ts';

/** Types every operation by the gateway's schema; a field that the schema lacks does not compile. */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; URL: string; JSON: unknown };
}>();

/** An operation that failed as a whole. `requestId` is what the gateway's operators ask for. */
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

/** Runs an operation; throws GatewayError where there is no data at all. */
export type Ask = <Data, Variables>(
  document: TadaDocumentNode<Data, Variables>,
  variables: Variables,
  signal?: AbortSignal,
) => Promise<Data>;

/** Asks with this API key; without one where it is empty, as the gateway's sandbox allows. */
export const createAsk =
  (apiKey: string): Ask =>
  async <Data>(
    document: TadaDocumentNode<Data, never>,
    variables: unknown,
    signal?: AbortSignal,
  ) => {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(apiKey && { authorization: `Bearer ${apiKey}` }),
      },
      body: JSON.stringify({ query: print(document), variables }),
      signal,
    }).catch(() => {
      signal?.throwIfAborted();
      throw new GatewayError('The gateway cannot be reached.', 'UNREACHABLE');
    });
    const { data, errors = [] }: Answer<Data> = await response.json().catch(() => ({}));
    // A field that failed alone is null beside data, and the page shows the rest.
    if (data) return data;
    const { message = `The gateway answered ${response.status}.`, extensions } = errors[0] ?? {};
    throw new GatewayError(message, extensions?.code ?? 'UNKNOWN', extensions?.requestId);
  };

export const AskContext = createContext<Ask>(createAsk(''));

export const useAsk = (): Ask => use(AskContext);
