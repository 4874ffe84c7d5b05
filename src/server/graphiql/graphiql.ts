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

/** The package reads these as well, which its type does not have. */
export type GraphiqlPageOptions = GraphiQLOptions & {
  readonly variables: string;
  readonly initialHeaders: string;
};

/** GraphiQL allows comments in the headers. Unchanged, this text sends no header. */
const headersHint = (credential: string): string => `{
  // ${credential}:
  // "Authorization": "Bearer …"
}`;

/**
 * GraphiQL's options. The tabs hold the example operations; with the sandbox's data they can be run unchanged. The first
 * tab is named as the current operation as well: without one, a reload opens another tab, with the headers and variables
 * of the last one.
 */
export const graphiqlOptions = ({
  data,
  documents,
  credential,
}: GraphiqlSetup): GraphiqlPageOptions => {
  const headers = credential === null ? {} : { headers: headersHint(credential) };
  // A gateway that asks for another credential does not accept the sandbox's key.
  const shown = credential === null ? data : { ...data, partialAuthorization: null };
  const tabs = createExampleOperations(documents, shown).map((operation) => ({
    ...headers,
    ...operation,
  }));
  const [first] = tabs;
  return {
    title: 'Enrollment tokens',
    defaultTabs: tabs,
    // The default for subscriptions is GET, which needs a header against forged requests.
    method: 'POST',
    ...(credential !== null && { defaultHeaders: headersHint(credential) }),
    // Only the sandbox's keys may be stored in the browser: they are public.
    shouldPersistHeaders: credential === null,
    ...(first && { query: first.query }),
    headers: first?.headers ?? '',
    // Without them, a reload takes the headers of the last tab, for which there is no first tab.
    initialHeaders: first?.headers ?? '',
    variables: first?.variables ?? '',
  };
};
