import type { GraphiQLOptions } from 'graphql-yoga';
import type { ExampleData } from './example-data.ts';
import type { ExampleDocument } from './example-documents.ts';
import { createExampleOperations } from './example-operations.ts';

export interface GraphiqlSetup {
  readonly data: ExampleData;
  readonly documents: readonly ExampleDocument[];
  /** The kind of credential that callers send, in a few words; null if they need none. */
  readonly credential: string | null;
}

/** GraphiQL allows comments in the headers. Unchanged, this text sends no header. */
const headersHint = (credential: string): string => `{
  // ${credential}:
  // "Authorization": "Bearer …"
}`;

/** GraphiQL's options. The tabs hold the example operations; with the sandbox's data they can be run unchanged. */
export const graphiqlOptions = (
  { data, documents, credential }: GraphiqlSetup,
  now: Date,
): GraphiQLOptions => {
  const headers = credential === null ? {} : { headers: headersHint(credential) };
  // A gateway that asks for another credential does not accept the sandbox's key.
  const shown = credential === null ? data : { ...data, partialAuthorization: null };
  return {
    title: 'Enrollment tokens',
    defaultTabs: createExampleOperations(documents, shown, now).map((operation) => ({
      ...headers,
      ...operation,
    })),
    ...(credential !== null && { defaultHeaders: headersHint(credential) }),
    // Only the sandbox's keys may be stored in the browser: they are public.
    shouldPersistHeaders: credential === null,
  };
};

/**
 * GraphiQL 5 applies the transforms of its drag and drop to the tab that gets the focus. The tab moves away under the
 * pointer, and the click is lost. Without transforms, tabs cannot be dragged.
 */
const tabStyle = '<style>.graphiql-tab { transform: none !important; }</style>';

/**
 * Renders the page. It names the first tab as the current operation: without one, a reload opens another tab, with the
 * headers and variables of the last one. The package contains GraphiQL as a text of 9 MB, so it is imported when the
 * page is first requested.
 */
export const renderGraphiqlPage = async (options: GraphiQLOptions | undefined): Promise<string> => {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const [first] = options?.defaultTabs ?? [];
  const withQuery = {
    ...options,
    query: first?.query,
    headers: first?.headers ?? '',
    variables: first?.variables ?? '',
  };
  return renderGraphiQL(withQuery).replace('</head>', `${tabStyle}</head>`);
};
