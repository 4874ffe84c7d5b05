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

/** GraphiQL, opened with operations that work at once where the examples' data is real. */
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
    shouldPersistHeaders: false,
  };
};
