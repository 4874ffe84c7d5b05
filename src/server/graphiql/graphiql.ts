import type { GraphiQLOptions } from 'graphql-yoga';
import { createExampleOperations, type ExampleData } from './example-operations.ts';

export interface GraphiqlSetup {
  readonly data: ExampleData;
  /** What callers prove themselves by, in a few words; null where they need nothing. */
  readonly credential: string | null;
}

/** Left as it is, it sends nothing: GraphiQL takes comments for comments. */
const headersHint = (credential: string): string => `{
  // ${credential}:
  // "Authorization": "Bearer …"
}`;

/** GraphiQL's options: it opens with operations that work at once where the examples' data is real. */
export const graphiqlOptions = (
  { data, credential }: GraphiqlSetup,
  now: Date,
): GraphiQLOptions => {
  const headers = credential === null ? {} : { headers: headersHint(credential) };
  // A sandbox's key proves nothing to a gateway that asks for another credential.
  const shown = credential === null ? data : { ...data, partialAuthorization: null };
  return {
    title: 'Enrollment tokens',
    defaultTabs: createExampleOperations(shown, now).map((operation) => ({
      ...headers,
      ...operation,
    })),
    ...(credential !== null && { defaultHeaders: headersHint(credential) }),
    // The sandbox's keys are no secrets.
    shouldPersistHeaders: credential === null,
  };
};

/**
 * GraphiQL 5 keeps the transforms of its drag and drop from before the tabs had names, and applies them to the tab that
 * gets the focus: it jumps away from under the pointer, and the click is lost. Without them tabs cannot be dragged.
 */
const tabsThatStay = '<style>.graphiql-tab { transform: none !important; }</style>';

/**
 * The page. A reload that says nothing of its own would open one more tab, with the headers and variables of the last
 * one: it goes to the first. The package holds GraphiQL as a text of 9 MB: it is loaded when somebody asks for the page.
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
  return renderGraphiQL(withQuery).replace('</head>', `${tabsThatStay}</head>`);
};
